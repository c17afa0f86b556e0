#include "catalog/signing/sign_clips.h"

#include <algorithm>
#include <optional>

#include "catalog/signing/claim.h"
#include "catalog/signing/manifest.h"
#include "catalog/store/run_store.h"
#include "catalog/store/signature_store.h"
#include "common/base/error.h"

namespace changeling {
namespace {

constexpr std::size_t kClipsPerCommit = 500;

/// A clip that waits for its manifest.
struct Unsigned {
  ArtifactRow artifact;
  std::optional<Digest> previous;
};

std::string name_of(const ArtifactRow& clip) {
  return "artifact " + std::to_string(clip.id.value) + " (" + clip.kind + ")";
}

std::vector<Unsigned> unsigned_clips(const SignatureStore& store, const std::string& run_id,
                                     SignSummary& summary) {
  std::vector<Unsigned> waiting;
  store.for_each_clip(run_id, [&](const SignableClip& clip) {
    if (clip.manifest && !clip.has_revoked_key) {
      ++summary.known;
    } else if (!clip.is_sidecar_purged) {
      waiting.push_back({clip.artifact, clip.manifest
                                            ? std::optional(sha256(clip.manifest->document))
                                            : std::nullopt});
    }
  });
  return waiting;
}

/// The claim, or a line in `summary` that says why there is none.
std::optional<std::string> checked_claim(Database& database, const BlobStore& blobs,
                                         const ArtifactRow& clip, const SignRequest& request,
                                         SignSummary& summary) {
  try {
    if (request.checks_files && sha256_file(blobs.path(clip.sha256)) != clip.sha256) {
      throw Error(ErrorKind::kCatalog, "the bytes differ from the digest");
    }
    return clip_claim(sidecar_of(database, blobs, clip), clip);
  } catch (const Error& error) {
    summary.refusals.push_back(name_of(clip) + ": " + error.what());
    return std::nullopt;
  }
}

}  // namespace

Sidecar sidecar_of(Database& database, const BlobStore& blobs, const ArtifactRow& clip) {
  const std::optional<ArtifactRow> found =
      RunStore(database).find_artifact(*clip.job_id, "sidecar", clip.profile);
  if (!found) {
    throw Error(ErrorKind::kCatalog, name_of(clip) + " has no sidecar");
  }
  return sidecar_from_json(blobs.read(found->sha256));
}

SignSummary sign_clips(Database& database, const BlobStore& blobs, const SigningKey& key,
                       const SignRequest& request) {
  SignatureStore store(database);
  SignSummary summary;
  const std::vector<Unsigned> waiting = unsigned_clips(store, request.run_id, summary);
  if (request.is_dry_run) {
    summary.signed_clips = static_cast<std::int64_t>(waiting.size());
    return summary;
  }
  const std::string key_id = key.verifying_key().id();
  store.use_key(key.verifying_key());
  bool goes_on = true;
  for (std::size_t first = 0; goes_on && first < waiting.size(); first += kClipsPerCommit) {
    database.transaction([&] {
      const std::size_t end = std::min(first + kClipsPerCommit, waiting.size());
      for (std::size_t i = first; goes_on && i < end; ++i) {
        const Unsigned& clip = waiting[i];
        if (const auto claim = checked_claim(database, blobs, clip.artifact, request, summary)) {
          store.add_manifest(clip.artifact.id, key_id, make_manifest(*claim, key, clip.previous));
          ++summary.signed_clips;
        }
        goes_on = !request.go_on || request.go_on();
      }
    });
  }
  return summary;
}

}  // namespace changeling
