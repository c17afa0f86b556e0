#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <tuple>

#include <fnmatch.h>

#include "catalog/corpora/csv_reader.h"
#include "catalog/corpora/ijbc_lists.h"
#include "common/base/error.h"

namespace fs = std::filesystem;

namespace changeling {
namespace {

constexpr int kDeepestRelease = 3;
constexpr std::array<std::string_view, 3> kMetadataNames = {"protocols/ijbc_metadata.csv",
                                                            "protocols/ijbc_metadata_with_age.csv",
                                                            "protocols/archive/ijbc_metadata.csv"};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool has_picture_suffix(std::string_view lower) {
  static constexpr std::array<std::string_view, 6> kSuffixes = {".jpg", ".jpeg", ".png",
                                                                ".bmp", ".gif",  ".webp"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [lower](std::string_view suffix) { return ends_with(lower, suffix); });
}

/// Lower case without the suffix.
std::string stem_key(std::string_view path) {
  const fs::path lower = fs::path(to_lower_ascii(path)).lexically_normal();
  return (lower.parent_path() / lower.stem()).generic_string();
}

/// Lists that hold no annotations: pairs of templates, names of people, detector lists.
bool is_other_list(std::string_view file_name) {
  return file_name == "match.csv" || ends_with(file_name, "_matches.csv") ||
         file_name == "ijbc_subject_names.csv" || file_name == "ijbc_face_detection.csv" ||
         file_name == "ijbc_face_detection_ground_truth.csv";
}

/// The release prefix that a path of its protocols betrays: the part before "protocols/", when the
/// file is one that only IJB-C has.
std::optional<std::string> release_prefix(const std::string& rel_path) {
  const std::string lower = to_lower_ascii(rel_path);
  const std::string marker = "protocols/";
  const std::size_t at = lower.find(marker);
  const bool starts_folder = at == 0 || (at != std::string::npos && lower[at - 1] == '/');
  if (!starts_folder) {
    return std::nullopt;
  }
  const std::string rest = lower.substr(at + marker.size());
  const std::string name = fs::path(rest).filename().string();
  const bool is_known = name.rfind("ijbc_", 0) == 0 || rest.rfind("test", 0) == 0;
  const auto depth =
      std::count(lower.begin(), lower.begin() + static_cast<std::ptrdiff_t>(at), '/');
  return is_known && ends_with(name, ".csv") && depth <= kDeepestRelease
             ? std::make_optional(rel_path.substr(0, at))
             : std::nullopt;
}

/// The shallowest release; of siblings one with ijbc_ lists, which IJB-A and IJB-B lack.
std::string find_release(const CorpusFiles& files) {
  std::optional<std::string> best;
  const auto rank = [](const std::string& prefix) {
    const bool is_ijbc = to_lower_ascii(prefix).find("ijb-c") != std::string::npos;
    return std::make_tuple(!is_ijbc, std::count(prefix.begin(), prefix.end(), '/'), prefix);
  };
  for (const std::string& path : files.files()) {
    const std::optional<std::string> prefix = release_prefix(path);
    if (prefix && (!best || rank(*prefix) < rank(*best))) {
      best = prefix;
    }
  }
  if (!best) {
    throw Error(
        ErrorKind::kInput,
        "'" + files.root().string() +
            "' holds no IJB-C release: no protocols/ijbc_metadata.csv or protocols/test1/ up "
            "to three levels down (check corpus.root: --root of 'corpus add')");
  }
  return *best;
}

}  // namespace

IjbcFiles::IjbcFiles(const fs::path& root, const std::string& video_glob)
    : files_(root), prefix_(find_release(files_)), video_glob_(video_glob) {
  for (const std::string& path : files_.files()) {
    if (path.rfind(prefix_, 0) != 0) {
      continue;
    }
    const std::string below = path.substr(prefix_.size());
    if (is_video(path) || has_picture_suffix(to_lower_ascii(below))) {
      by_stem_[stem_key(below)].push_back(path);
    }
    if (is_video(path) && below.find('/') != std::string::npos) {
      by_stem_[stem_key(fs::path(below).filename().string())].push_back(path);
    }
  }
}

CheckedPath IjbcFiles::resolve(const std::string& listed_name) const {
  for (const std::string& place :
       {listed_name, prefix_ + listed_name, prefix_ + "images/" + listed_name}) {
    if (files_.check(place).check == PathCheck::kEscapesRoot) {
      return {PathCheck::kEscapesRoot, {}};
    }
  }
  std::vector<std::string> candidates = {"images/" + listed_name, listed_name};
  const bool names_picture = has_picture_suffix(to_lower_ascii(listed_name));
  if (!names_picture) {
    candidates.push_back(fs::path(listed_name).filename().string());
  }
  for (const std::string& candidate : candidates) {
    const auto found = by_stem_.find(stem_key(candidate));
    if (found == by_stem_.end()) {
      continue;
    }
    const std::string* best = best_match(found->second, listed_name, names_picture);
    if (best != nullptr) {
      return {PathCheck::kFound, *best};
    }
  }
  return {PathCheck::kMissing, listed_name};
}

const std::string* IjbcFiles::best_match(const std::vector<std::string>& paths,
                                         const std::string& listed_name, bool names_picture) const {
  const auto suffix_of = [](const std::string& path) {
    return to_lower_ascii(fs::path(path).extension().string());
  };
  const std::string* best = nullptr;
  for (const std::string& path : paths) {
    if (names_picture && is_video(path)) {
      continue;
    }
    if (suffix_of(path) == suffix_of(listed_name)) {
      return &path;
    }
    best = best == nullptr ? &path : best;
  }
  return best;
}

bool IjbcFiles::is_video(std::string_view rel_path) const {
  if (video_glob_.empty()) {
    return has_video_suffix(rel_path);
  }
  const std::string below(rel_path.substr(prefix_.size()));
  return fnmatch(video_glob_.c_str(), below.c_str(), FNM_CASEFOLD) == 0;
}

bool IjbcFiles::is_frame(std::string_view rel_path) const {
  const fs::path folder = fs::path(std::string(rel_path)).parent_path().filename();
  return !is_video(rel_path) && to_lower_ascii(folder.string()) == "frames";
}

std::vector<std::string> IjbcFiles::pictures() const {
  std::set<std::string> paths;
  for (const auto& entry : by_stem_) {
    for (const std::string& path : entry.second) {
      if (to_lower_ascii(path).find("images/nonfaces/") == std::string::npos) {
        paths.insert(path);
      }
    }
  }
  return {paths.begin(), paths.end()};
}

std::vector<std::string> IjbcFiles::annotation_lists() const {
  std::vector<std::string> lists;
  std::vector<std::string> others;
  std::map<std::string, std::string> metadata;
  for (const std::string& path : files_.files()) {
    const std::string lower = to_lower_ascii(path.substr(std::min(prefix_.size(), path.size())));
    if (path.rfind(prefix_, 0) != 0 || !ends_with(lower, ".csv") ||
        is_other_list(fs::path(lower).filename().string())) {
      continue;
    }
    if (std::find(kMetadataNames.begin(), kMetadataNames.end(), lower) != kMetadataNames.end()) {
      metadata[lower] = path;
    } else {
      others.push_back(path);
    }
  }
  for (const std::string_view name : kMetadataNames) {
    const auto found = metadata.find(std::string(name));
    if (found != metadata.end()) {
      lists.push_back(found->second);
    }
  }
  lists.insert(lists.end(), others.begin(), others.end());
  return lists;
}

std::optional<std::string> IjbcFiles::face_list() const {
  for (const std::string& path : files_.files()) {
    if (path.rfind(prefix_, 0) == 0 &&
        ends_with(to_lower_ascii(path), "protocols/ijbc_face_detection_ground_truth.csv")) {
      return path;
    }
  }
  return std::nullopt;
}

}  // namespace changeling
