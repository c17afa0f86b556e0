#include "catalog/verify/identify_file.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/label_tags.h"
#include "common/media/own_label.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::optional<Digest> digest_of(const std::string& hex) {
  try {
    return Digest::from_hex(hex);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Digest> stream_of(const fs::path& file) {
  try {
    return video_stream_sha256(file);
  } catch (const Error&) {
    return std::nullopt;  // no video
  }
}

/// A copy into another container keeps `comment` alone, which says the same in a sentence.
CarriedLabel carried_label(const fs::path& file) {
  std::map<std::string, std::string> tags;
  try {
    for (auto& [key, value] : read_container_tags(file)) {
      tags.emplace(key, value);
    }
  } catch (const Error&) {
    return {};  // no container
  }
  CarriedLabel carried = {tags[kLabelTag], tags[kMethodTag], tags[kJobTag]};
  if (carried.empty()) {
    for (const LabelSentence& sentence : label_sentences(tags["comment"])) {
      if (!sentence.job.empty()) {
        carried.label = sentence.label;
        carried.job = sentence.job;
        break;
      }
    }
  }
  return carried;
}

/// Text of a member, "" where there is none.
std::string text_at(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// What the sidecar of an exported item says (docs/formats/dataset.md).
struct ItemSidecar {
  CarriedLabel carried;
  std::optional<Digest> stream;
};

ItemSidecar read_sidecar(const fs::path& file) {
  const fs::path name = fs::path(file.stem()).concat(".json");
  for (const fs::path& place : {file.parent_path() / name, file.parent_path() / "sidecars" / name,
                                file.parent_path().parent_path() / "sidecars" / name}) {
    std::error_code ignored;
    if (place == file || !fs::is_regular_file(place, ignored)) {
      continue;
    }
    const json document = json::parse(read_file(place), nullptr, false);
    if (const auto stream = digest_of(text_at(document, "stream_sha256"))) {
      return {{text_at(document, "label"), text_at(document, "method"), ""}, stream};
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(Evidence evidence) {
  constexpr std::array<std::string_view, 5> kNames = {"file", "stream", "tag", "sidecar", "none"};
  return kNames.at(static_cast<std::size_t>(evidence));
}

FileIdentity identify_file(Database& database, const fs::path& file) {
  FileIdentity identity{Evidence::kFile, known_by_bytes(database, sha256_file(file)),
                        carried_label(file)};
  if (!identity.known.empty()) {
    return identity;
  }
  if (const std::optional<Digest> stream = stream_of(file)) {
    identity.evidence = Evidence::kStream;
    identity.known = known_by_stream(database, *stream);
  }
  if (!identity.known.empty()) {
    return identity;
  }
  if (const std::optional<Digest> job = digest_of(identity.carried.job)) {
    identity.evidence = Evidence::kTag;
    identity.known = known_by_job(database, *job, identity.carried.label);
    if (identity.known.empty()) {  // no job made it: an exported copy names its corpus's stream
      identity.known = known_by_stream(database, *job);
    }
  } else if (ItemSidecar sidecar = read_sidecar(file); sidecar.stream) {
    identity = {Evidence::kSidecar, known_by_stream(database, *sidecar.stream),
                std::move(sidecar.carried)};
  } else {
    identity.evidence = identity.carried.empty() ? Evidence::kNone : Evidence::kTag;
  }
  return identity;
}

}  // namespace changeling
