// catalog/signing/claim.h: what is signed of a clip, in the shape of a C2PA claim. Layer 2.
// Members: docs/formats/manifest.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/store/records.h"
#include "common/base/provenance.h"

namespace changeling {

/// The claim of a fake or of the real control beside it, from the sidecar of their job: JSON with
/// sorted keys, no insignificant space. Both have the same members; a control names no source, no
/// network and no source type. Depends on nothing but its arguments.
/// Throws Error(kInput) for an artifact without a label.
[[nodiscard]] std::string clip_claim(const Sidecar& sidecar, const ArtifactRow& clip);

/// What a claim says of its clip.
struct ClaimFacts {
  std::string key;  ///< of the item: first 16 hex digits of the stream digest
  Label label = Label::kFake;
  Digest sha256, stream_sha256;
  std::string digital_source_type;  ///< IPTC term, empty for none

  /// Of one input; those without a licence, as some programs wrote, say nothing and are left out.
  struct Terms {
    std::string name;  ///< "target of 'faces@1'"
    std::string licence;
    bool redistributable = false;
  };

  std::vector<Terms> inputs;
  std::vector<std::pair<std::string, std::string>> networks;  ///< role and licence
};

/// Throws Error(kInput) when a member is missing or wrong.
[[nodiscard]] ClaimFacts claim_facts(std::string_view claim);

}  // namespace changeling
