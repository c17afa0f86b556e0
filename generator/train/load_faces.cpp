#include "generator/train/load_faces.h"

#include <cstring>
#include <map>
#include <set>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kLandmarks = 68;
constexpr int kUnlabelled = 255;

/// Rows of `to` from `first` on become the values, as many as they are.
template <typename Values>
void copy_rows(const Values& values, const at::Tensor& to, std::int64_t first) {
  std::memcpy(to[first].data_ptr(), values.data(), values.size() * sizeof(values[0]));
}

void check_sets(const std::vector<FrameSet>& sets) {
  std::map<std::string, std::string> part_of;
  for (const FrameSet& set : sets) {
    const PackLayout& first = sets.front().layout;
    if (set.layout.landmarks != kLandmarks) {
      throw Error(ErrorKind::kInput, "'" + set.folder.string() + "' has " +
                                         std::to_string(set.layout.landmarks) +
                                         " landmarks; training takes 68");
    }
    if (set.layout.resolution_px != first.resolution_px ||
        set.layout.crop_scale != first.crop_scale) {
      throw Error(ErrorKind::kInput, "'" + set.folder.string() + "' and '" +
                                         sets.front().folder.string() +
                                         "' differ in resolution or crop scale");
    }
    for (const FrameSetEntry& pack : set.packs) {
      for (const std::string& person : pack.subjects) {
        const auto [found, is_new] = part_of.emplace(person, pack.part);
        if (!is_new && found->second != pack.part) {
          throw Error(ErrorKind::kInput, "'" + person + "' is in part " + found->second +
                                             " of one set and in " + pack.part + " of another");
        }
      }
    }
  }
}

/// Joins packs into one set, whose tensors are allocated once: they are most of a training's
/// memory.
class Joiner {
 public:
  /// `crops` > 0: those of all packs that will be added.
  Joiner(std::int64_t crops, std::int64_t side_px) {
    const auto bytes = at::TensorOptions().dtype(at::kByte);
    set_.images = at::empty({crops, side_px, side_px, 3}, bytes);
    set_.landmarks = at::empty({crops, kLandmarks, 2}, bytes.dtype(at::kFloat));
    set_.classes = at::empty({crops, side_px, side_px}, bytes);
  }

  void add(const FramePack& pack) {
    const auto first = static_cast<std::int64_t>(set_.sequence.size());
    CHANGELING_REQUIRE(first + pack.frame_count() <= set_.size(), "more crops than announced");
    copy_rows(pack.pixels, set_.images, first);
    copy_rows(pack.landmarks, set_.landmarks, first);
    if (pack.masks.empty()) {
      set_.classes.narrow(0, first, pack.frame_count()).fill_(kUnlabelled);
    } else {
      copy_rows(pack.masks, set_.classes, first);
    }
    for (const PackSequence& sequence : pack.sequences) {
      const std::int64_t video = number(videos_, sequence.subject + "\n" + sequence.video);
      const std::int64_t person = number(people_, sequence.subject);
      const auto frames = static_cast<std::size_t>(sequence.frames);
      set_.sequence.insert(set_.sequence.end(), frames, video);
      set_.person.insert(set_.person.end(), frames, person);
    }
  }

  FaceSet finish() {
    CHANGELING_REQUIRE(static_cast<std::int64_t>(set_.sequence.size()) == set_.size(),
                       "fewer crops than announced");
    return std::move(set_);
  }

 private:
  static std::int64_t number(std::map<std::string, std::int64_t>& numbers,
                             const std::string& name) {
    return numbers.emplace(name, static_cast<std::int64_t>(numbers.size())).first->second;
  }

  FaceSet set_;
  std::map<std::string, std::int64_t> videos_, people_;
};

}  // namespace

PartSize size_of_part(const std::vector<FrameSet>& sets, const std::string& part) {
  PartSize size;
  std::set<std::string> people;
  for (const FrameSet& set : sets) {
    const std::int64_t side = set.layout.resolution_px;
    constexpr std::int64_t kLandmarkBytes = kLandmarks * 2 * sizeof(float);
    for (const FrameSetEntry& pack : set.packs) {
      if (pack.part == part) {
        size.crops += pack.frames;
        size.bytes += pack.frames * (side * side * (3 + 1) + kLandmarkBytes);  // pixels, classes
        people.insert(pack.subjects.begin(), pack.subjects.end());
      }
    }
  }
  size.people = static_cast<std::int64_t>(people.size());
  return size;
}

FaceSet load_faces(const std::vector<FrameSet>& sets, const std::string& part) {
  CHANGELING_REQUIRE(!sets.empty(), "at least one frame set");
  check_sets(sets);
  const std::int64_t crops = size_of_part(sets, part).crops;
  FaceSet faces;
  if (crops > 0) {
    Joiner joiner(crops, sets.front().layout.resolution_px);
    for (const FrameSet& set : sets) {
      for (const FrameSetEntry& entry : set.packs) {
        if (entry.part == part) {
          joiner.add(read_pack(set, entry));
        }
      }
    }
    faces = joiner.finish();
  }
  faces.crop_scale = sets.front().layout.crop_scale;
  require_face_set(faces, part.c_str());
  return faces;
}

}  // namespace changeling
