#include "catalog/corpora/ijbc.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

#include "catalog/corpora/ijbc_lists.h"
#include "catalog/store/frame_sequence.h"

namespace changeling {
namespace {

using Annotations = std::vector<IjbcAnnotation>;

/// (subject, SIGHTING_ID) of an annotation that can be linked to a video.
using SightingKey = std::pair<std::string, std::string>;

std::optional<SightingKey> sighting_key(const IjbcAnnotation& annotation) {
  if (!annotation.sighting) {
    return std::nullopt;
  }
  return SightingKey{annotation.subject.value_or(""), *annotation.sighting};
}

std::string file_name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

/// Frame files are numbered; "9.png" comes before "10.png".
std::pair<std::size_t, std::string> file_order(const std::string& path) {
  std::string name = file_name_of(path);
  return {name.size(), std::move(name)};
}

/// A value given most often; nullopt for a tie.
class Vote {
 public:
  void add(const std::optional<int>& value) {
    if (value) {
      ++counts_[*value];
    }
  }

  [[nodiscard]] bool is_disputed() const { return counts_.size() > 1; }

  [[nodiscard]] std::optional<int> winner() const {
    std::optional<int> best;
    int best_count = 0;
    for (const auto& [value, count] : counts_) {
      if (count == best_count) {
        best.reset();
      } else if (count > best_count) {
        best = value;
        best_count = count;
      }
    }
    return best;
  }

 private:
  std::map<int, int> counts_;
};

std::optional<int> within(const std::optional<int>& value, int first, int last) {
  return value && *value >= first && *value <= last ? value : std::nullopt;
}

/// Which medium each annotation belongs to, and the rows that follow from it.
class ScanBuilder {
 public:
  ScanBuilder(const IjbcFiles& files, const IjbcOptions& options, ProblemCounter& problems)
      : files_(files), options_(options), problems_(problems) {}

  void build(const Annotations& annotations, CorpusScan& scan) {
    link_frames(annotations);
    group(annotations);
    for (const auto& [path, members] : whole_files_) {
      add_file(path, members, scan);
    }
    for (const auto& [path, members] : sequences_) {
      add_sequence(path, members, scan);
    }
    add_subjects(annotations, scan);
    sort_scan(scan);
  }

 private:
  using Members = std::vector<const IjbcAnnotation*>;

  /// A frame file belongs to a video when somebody in it has a sighting that a list gives to that
  /// video.
  void link_frames(const Annotations& annotations) {
    std::map<SightingKey, std::string> videos;
    for (const IjbcAnnotation& annotation : annotations) {
      const std::optional<SightingKey> key = sighting_key(annotation);
      if (key && files_.is_video(annotation.file)) {
        videos.emplace(*key, annotation.file);
      }
    }
    for (const IjbcAnnotation& annotation : annotations) {
      const std::optional<SightingKey> key = sighting_key(annotation);
      const auto video = key ? videos.find(*key) : videos.end();
      if (video != videos.end() && files_.is_frame(annotation.file)) {
        video_of_frame_.emplace(annotation.file, video->second);
      }
    }
  }

  void group(const Annotations& annotations) {
    std::map<std::string, Members> by_file;
    for (const IjbcAnnotation& annotation : annotations) {
      by_file[annotation.file].push_back(&annotation);
    }
    std::map<std::string, std::set<std::string>> sequence_files;
    for (const auto& [file, members] : by_file) {
      const auto video = video_of_frame_.find(file);
      if (video != video_of_frame_.end()) {
        Members& of_video = whole_files_[video->second];
        of_video.insert(of_video.end(), members.begin(), members.end());
        continue;
      }
      const std::set<std::string> paths = sequence_paths(file, members);
      for (const std::string& path : paths) {
        Members& of_sequence = sequences_[path];
        of_sequence.insert(of_sequence.end(), members.begin(), members.end());
      }
      if (paths.empty()) {
        Members& of_file = whole_files_[file];
        of_file.insert(of_file.end(), members.begin(), members.end());
      }
    }
  }

  /// The sequences that a frame file is part of: one per SIGHTING_ID seen in it.
  [[nodiscard]] std::set<std::string> sequence_paths(const std::string& file,
                                                     const Members& members) const {
    std::set<std::string> paths;
    for (const IjbcAnnotation* member : members) {
      if (member->sighting && files_.is_frame(file)) {
        paths.insert(frame_sequence_path(file, *member->sighting));
      }
    }
    return paths;
  }

  void add_file(const std::string& path, Members members, CorpusScan& scan) {
    const bool is_video = files_.is_video(path);
    add_medium(path, is_video ? "video" : "image", scan);
    // Of a frame's row and one of the video that say the same, the one that also has a box counts.
    std::stable_partition(members.begin(), members.end(),
                          [](const IjbcAnnotation* member) { return member->box_px.has_value(); });
    std::int64_t n_unknown = 0;
    std::set<std::tuple<std::string, std::string, std::int64_t>> seen;
    for (const IjbcAnnotation* member : members) {
      ScannedSighting sighting = make_sighting(path, *member, n_unknown);
      sighting.values.frame = is_video ? member->frame_number.value_or(-1) : 0;
      if (is_video && member->file != path && !member->frame_number) {
        problems_.add(ScanProblemKind::kBadValue, "no row of '" + member->file +
                                                      "' has FRAME_NUM: its place in '" + path +
                                                      "' is unknown");
        continue;
      }
      if (seen.emplace(sighting.subject, sighting.values.ext_sighting_id, sighting.values.frame)
              .second) {
        scan.sightings.push_back(std::move(sighting));
      }
    }
  }

  /// By FRAME_NUM; files that lack it come first, by name.
  void add_sequence(const std::string& path, const Members& members, CorpusScan& scan) {
    using Place = std::tuple<std::int64_t, std::pair<std::size_t, std::string>>;
    std::map<std::string, Place> places;
    for (const IjbcAnnotation* member : members) {
      const Place place{member->frame_number.value_or(0), file_order(member->file)};
      const auto [entry, is_new] = places.emplace(member->file, place);
      entry->second = std::min(entry->second, place);
    }
    std::set<Place> order;
    for (const auto& entry : places) {
      order.insert(entry.second);
    }
    add_medium(path, std::string(kFrameSequence), scan);
    std::int64_t n_unknown = 0;
    for (const IjbcAnnotation* member : members) {
      ScannedSighting sighting = make_sighting(path, *member, n_unknown);
      sighting.values.frame = std::distance(order.begin(), order.find(places[member->file]));
      sighting.values.ext_sighting_id =
          frame_sighting_id(sighting.values.ext_sighting_id, member->file);
      scan.sightings.push_back(std::move(sighting));
    }
  }

  static void add_medium(const std::string& path, const std::string& kind, CorpusScan& scan) {
    MediaRow medium;
    medium.rel_path = path;
    medium.kind = kind;
    scan.media.push_back(medium);
  }

  static ScannedSighting make_sighting(const std::string& path, const IjbcAnnotation& annotation,
                                       std::int64_t& n_unknown) {
    ScannedSighting sighting;
    sighting.rel_path = path;
    sighting.subject =
        annotation.subject ? *annotation.subject : pseudo_subject_id(path, ++n_unknown);
    SightingRow& values = sighting.values;
    values.ext_sighting_id = annotation.sighting.value_or("");
    if (annotation.box_px) {
      values.x = (*annotation.box_px)[0];
      values.y = (*annotation.box_px)[1];
      values.w = (*annotation.box_px)[2];
      values.h = (*annotation.box_px)[3];
    }
    values.yaw = annotation.yaw_deg;
    values.roll = annotation.roll_deg;
    values.occ_mask = annotation.occ_mask;
    values.facial_hair = annotation.facial_hair;
    values.indoor = annotation.indoor;
    return sighting;
  }

  void add_subjects(const Annotations& annotations, CorpusScan& scan) {
    struct Votes {
      Vote gender, skintone, age;
    };

    std::map<std::string, Votes> votes;
    for (const ScannedSighting& sighting : scan.sightings) {
      votes[sighting.subject];
    }
    for (const IjbcAnnotation& annotation : annotations) {
      const auto found = votes.find(annotation.subject.value_or(""));
      if (found != votes.end()) {
        found->second.gender.add(annotation.gender);
        found->second.skintone.add(within(annotation.skintone, 1, 6));
        found->second.age.add(within(annotation.age, 1, 6));
      }
    }
    for (const auto& [ext_id, vote] : votes) {
      SubjectRow subject;
      subject.ext_id = ext_id;
      subject.gender = gender_name(vote.gender.winner());
      subject.skintone = vote.skintone.winner();
      subject.age_bin = vote.age.winner();
      scan.subjects.push_back(subject);
      if (vote.gender.is_disputed() || vote.skintone.is_disputed()) {  // age may truly differ
        problems_.add(ScanProblemKind::kConflictingAttribute, "subject '" + ext_id + "'");
      }
    }
  }

  [[nodiscard]] std::optional<std::string> gender_name(const std::optional<int>& code) const {
    const auto found =
        code ? options_.gender_names.find(std::to_string(*code)) : options_.gender_names.end();
    return found == options_.gender_names.end() ? std::nullopt : std::make_optional(found->second);
  }

  static void sort_scan(CorpusScan& scan) {
    std::sort(scan.media.begin(), scan.media.end(),
              [](const MediaRow& a, const MediaRow& b) { return a.rel_path < b.rel_path; });
    std::stable_sort(scan.sightings.begin(), scan.sightings.end(),
                     [](const ScannedSighting& a, const ScannedSighting& b) {
                       return std::tie(a.rel_path, a.subject, a.values.frame) <
                              std::tie(b.rel_path, b.subject, b.values.frame);
                     });
  }

  const IjbcFiles& files_;
  const IjbcOptions& options_;
  ProblemCounter& problems_;
  std::map<std::string, std::string> video_of_frame_;
  std::map<std::string, Members> whole_files_;  ///< media that are one file
  std::map<std::string, Members> sequences_;    ///< media that are several frame files
};

void count_unlisted(const IjbcFiles& files, const Annotations& annotations,
                    ProblemCounter& problems) {
  std::set<std::string> listed;
  for (const IjbcAnnotation& annotation : annotations) {
    listed.insert(annotation.file);
  }
  for (const std::string& path : files.pictures()) {
    if (listed.count(path) == 0) {
      problems.add(ScanProblemKind::kNoSubjectRow, "'" + path + "'");
    }
  }
}

}  // namespace

IjbcCorpus::IjbcCorpus(IjbcOptions options) : options_(std::move(options)) {}

CorpusDescription IjbcCorpus::describe() const {
  return {"ijbc",
          "IJB-C: stills, frames and full-motion videos of the IARPA Janus Benchmark C",
          {options_.licence, options_.consent_basis, false},
          false};
}

CorpusScan IjbcCorpus::scan(const std::filesystem::path& root) const {
  const IjbcFiles files(root, options_.video_glob);
  ProblemCounter problems;
  const Annotations annotations = read_ijbc_annotations(files, problems);
  CorpusScan scan;
  scan.terms = describe().terms;
  ScanBuilder(files, options_, problems).build(annotations, scan);
  count_unlisted(files, annotations, problems);
  scan.problems = problems.problems();
  return scan;
}

}  // namespace changeling
