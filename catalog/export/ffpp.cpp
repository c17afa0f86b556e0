// FaceForensics++: original_sequences and manipulated_sequences with numbered videos, lossless
// masks, and lists of pairs per part.
#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "catalog/export/export_format.h"
#include "common/base/atomic_file.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolder = "ffpp";

/// Jobs whose controls are encodings of one recording: they share a control in some encoding.
class Recordings {
 public:
  explicit Recordings(const ExportSet& set) {
    std::map<std::string, JobId> job_of_control;
    for (const SetEntry& entry : set.entries()) {
      if (entry.job) {
        const std::string& control = entry.control_key.empty() ? entry.key : entry.control_key;
        join(*entry.job, job_of_control.emplace(control, *entry.job).first->second);
      }
    }
  }

  /// What all encodings of an original have in common; of a corpus file, itself.
  [[nodiscard]] std::string of(const SetEntry& entry) const {
    return entry.job ? "job " + std::to_string(root(*entry.job).value) : entry.key;
  }

 private:
  [[nodiscard]] JobId root(JobId job) const {
    for (auto next = joined_.find(job); next != joined_.end(); next = joined_.find(job)) {
      job = next->second;
    }
    return job;
  }

  void join(JobId a, JobId b) {
    const JobId first = root(a), second = root(b);
    if (first != second) {
      joined_[std::max(first, second)] = std::min(first, second);
    }
  }

  std::map<JobId, JobId> joined_;  ///< to a smaller one of the same recording
};

/// Encodings of one clip: what has one name.
struct Encodings {
  std::string method, control_key, target_clip, source_clip;  ///< as the first item has them
  std::set<std::string> profiles;
  std::vector<std::string> keys;
};

/// Encodings in the order of their first items.
class EncodingGroups {
 public:
  /// `group` is what the encodings of a clip have in common.
  void add(const std::string& group, const ExportItem& item) {
    std::size_t place = place_of_.emplace(group, groups_.size()).first->second;
    if (place < groups_.size() && groups_[place].profiles.count(item.profile) > 0) {
      place = groups_.size();  // a second one in this encoding cannot bear the name
    }
    if (place == groups_.size()) {
      groups_.push_back(
          {item.method, item.control_key, item.target_clip_key, item.source_clip_key, {}, {}});
    }
    groups_[place].profiles.insert(item.profile);
    groups_[place].keys.push_back(item.key);
  }

  [[nodiscard]] const std::vector<Encodings>& groups() const { return groups_; }

 private:
  std::vector<Encodings> groups_;
  std::map<std::string, std::size_t> place_of_;
};

/// Numbers of originals and of the clips that lent faces, the same in every encoding. A source that
/// is no original of the set has a number without a video, as has a second fake that would get the
/// name of another.
class VideoNumbers {
 public:
  explicit VideoNumbers(const ExportSet& set) {
    name_originals(set);
    name_fakes(set);
  }

  [[nodiscard]] std::string original(const std::string& key) const {
    return text(number_of_item_.at(key));
  }

  [[nodiscard]] std::pair<std::string, std::string> fake(const std::string& key) const {
    const auto [target, source] = fakes_.at(key);
    return {text(target), text(source)};
  }

 private:
  [[nodiscard]] static std::string text(int number) {
    char digits[16];
    std::snprintf(digits, sizeof digits, "%03d", number);
    return digits;
  }

  /// True when none of the encodings has a video of that name; then they have.
  bool take(const std::string& name, const std::set<std::string>& profiles) {
    for (const std::string& profile : profiles) {
      if (taken_.count({profile, name}) > 0) {
        return false;
      }
    }
    for (const std::string& profile : profiles) {
      taken_.emplace(profile, name);
    }
    return true;
  }

  void name_originals(const ExportSet& set) {
    const Recordings recordings(set);
    EncodingGroups originals;
    for (const SetEntry& entry : set.entries()) {
      if (entry.label != "fake") {
        originals.add(recordings.of(entry), set.load(entry));
      }
    }
    for (const Encodings& original : originals.groups()) {
      // Two recordings of a clip in other encodings, by two runs, are one original, too.
      const std::string& clip =
          original.target_clip.empty() ? original.keys.front() : original.target_clip;
      int number = number_of_clip_.emplace(clip, next_).first->second;
      if (!take(text(number), original.profiles)) {
        number = next_;
        (void)take(text(number), original.profiles);
      }
      next_ += number == next_ ? 1 : 0;
      for (const std::string& key : original.keys) {
        number_of_item_[key] = number;
      }
    }
  }

  void name_fakes(const ExportSet& set) {
    EncodingGroups fakes;
    for (const SetEntry& entry : set.entries()) {
      if (entry.label == "fake") {
        fakes.add(entry.job ? "job " + std::to_string(entry.job->value) : entry.key,
                  set.load(entry));
      }
    }
    for (const Encodings& fake : fakes.groups()) {
      auto [target, source] = numbers_of(fake);
      if (!take(fake.method + "/" + text(target) + "_" + text(source), fake.profiles)) {
        source = next_++;
      }
      for (const std::string& key : fake.keys) {
        fakes_[key] = {target, source};
      }
    }
  }

  std::pair<int, int> numbers_of(const Encodings& fake) {
    const auto control = number_of_item_.find(fake.control_key);
    // A corpus's own fake has no control: a number of its own stands for its target.
    const int target = control != number_of_item_.end() ? control->second : next_++;
    const auto known =
        fake.source_clip.empty() ? number_of_clip_.end() : number_of_clip_.find(fake.source_clip);
    const int source = known != number_of_clip_.end() ? known->second : next_++;
    if (!fake.source_clip.empty()) {
      number_of_clip_.emplace(fake.source_clip, source);
    }
    return {target, source};
  }

  int next_ = 0;
  std::map<std::string, int> number_of_item_, number_of_clip_;
  std::map<std::string, std::pair<int, int>> fakes_;
  std::set<std::pair<std::string, std::string>> taken_;  // profile, name
};

/// FaceForensics++ calls what is not compressed raw.
std::string compression(const std::string& profile) {
  return profile == "lossless" ? "raw" : profile;
}

std::string video_path(const ExportItem& item, const std::string& name) {
  return (item.is_fake() ? "manipulated_sequences/Changeling_" + item.method
                         : std::string("original_sequences/changeling")) +
         "/" + compression(item.profile) + "/videos/" + name + item.extension;
}

/// Lists of two-string pairs; a pair stands for both orders.
using PairLists = std::map<std::string, std::set<std::pair<std::string, std::string>>>;

void add_pair(const std::string& part, const std::pair<std::string, std::string>& pair,
              PairLists& lists) {
  if (lists[part].count({pair.second, pair.first}) == 0) {
    lists[part].insert(pair);
  }
}

/// Loaders find originals by the lists alone, so one without a fake is paired with itself.
void add_lone(const std::string& part, const std::set<std::string>& originals, PairLists& lists) {
  std::set<std::string> paired;
  for (const auto& [target, source] : lists[part]) {
    paired.insert({target, source});
  }
  for (const std::string& name : originals) {
    if (paired.count(name) == 0) {
      lists[part].insert({name, name});
    }
  }
}

/// Which part a name is in, as the reference loader tells it from the lists.
std::map<std::string, std::string> parts_of_names(const fs::path& folder) {
  std::map<std::string, std::string> parts;
  for (const char* part : kParts) {
    const json list = json::parse(read_file(folder / "splits" / (std::string(part) + ".json")));
    for (const json& pair : list) {
      const auto a = pair.at(0).get<std::string>(), b = pair.at(1).get<std::string>();
      for (const std::string& name : {a, b, a + "_" + b, b + "_" + a}) {
        parts[name] = part;
      }
    }
  }
  return parts;
}

}  // namespace

WrittenLayout write_ffpp(const ExportSet& set, ExportFolder& out) {
  const VideoNumbers numbers(set);
  const std::string root = std::string(kFolder) + "/";
  PairLists lists;
  std::map<std::string, std::set<std::string>> originals;  // by part
  json index = json::object();
  for (const SetEntry& entry : set.entries()) {
    const ExportItem item = set.load(entry);
    std::string name;
    if (item.is_fake()) {
      const auto pair = numbers.fake(item.key);
      name = pair.first + "_" + pair.second;
      add_pair(item.part, pair, lists);
    } else {
      name = numbers.original(item.key);
      originals[item.part].insert(name);
    }
    const std::string path = video_path(item, name);
    out.copy(item.video, root + path);
    if (const auto mask = item.masks.find("changed"); mask != item.masks.end()) {
      out.copy(mask->second, root + "manipulated_sequences/Changeling_" + item.method + "/masks/" +
                                 compression(item.profile) + "/videos/" + name + ".mkv");
    }
    index[path] = {{"key", item.key}, {"part", item.part}};
    write_sidecar(kFolder, item, out);
    set.tick();
  }
  for (const char* part : kParts) {
    add_lone(part, originals[part], lists);
    json list = json::array();
    for (const auto& [target, source] : lists[part]) {
      list.push_back({target, source});
    }
    out.write(root + "splits/" + part + ".json", list.dump(1) + "\n");
  }
  out.write(root + "index.json", index.dump(1) + "\n");
  return {{}, {"ffpp/*_sequences/*/*/videos/*"}, "video/mp4"};
}

std::vector<std::string> check_ffpp(const fs::path& folder, const KnownItems& items) {
  FoundItems found(kFolder, items);
  const std::map<std::string, std::string> parts = parts_of_names(folder);
  const json index = json::parse(read_file(folder / "index.json"));
  for (const auto& [path, entry] : index.items()) {
    const fs::path file(path);
    const auto key = entry.at("key").get<std::string>();
    const bool is_fake = *file.begin() == "manipulated_sequences";
    const auto listed = parts.find(file.stem());
    if (is_fake && listed == parts.end()) {
      found.fault("item " + key + " is in no list of pairs");
    }
    // In earlier exports originals without a fake are in no pair: the index alone tells their part.
    found.add(key, is_fake ? 1 : 0,
              listed == parts.end() ? entry.at("part").get<std::string>() : listed->second);
    found.check_video(key, sha256_file(folder / file));
    const fs::path videos = file.parent_path(), encoding = videos.parent_path();
    const fs::path mask = folder / encoding.parent_path() / "masks" / encoding.filename() /
                          "videos" / (file.stem().string() + ".mkv");
    if (is_fake && fs::exists(mask)) {
      found.check_mask(key, "changed", sha256_file(mask));
    }
  }
  return found.finish();
}

}  // namespace changeling
