#include "generator/train/load_faces.h"

#include <map>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

constexpr int kLandmarks = 68;
constexpr int kUnlabelled = 255;

/// A tensor of its own with the values at `data`.
template <typename T>
at::Tensor copy_of(const T* data, std::vector<std::int64_t> shape, at::ScalarType dtype) {
  // from_blob takes no pointer to const; the clone only reads.
  return at::from_blob(const_cast<T*>(data), shape, dtype).clone();
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

/// Joins packs into one set.
class Joiner {
 public:
  void add(const FramePack& pack) {
    const std::int64_t n = pack.frame_count();
    const std::int64_t side = pack.layout.resolution_px;
    images_.push_back(copy_of(pack.pixels.data(), {n, side, side, 3}, at::kByte));
    landmarks_.push_back(copy_of(pack.landmarks.data(), {n, kLandmarks, 2}, at::kFloat));
    classes_.push_back(pack.masks.empty() ? at::full({n, side, side}, kUnlabelled,
                                                     at::TensorOptions().dtype(at::kByte))
                                          : copy_of(pack.masks.data(), {n, side, side}, at::kByte));
    for (const PackSequence& sequence : pack.sequences) {
      const std::int64_t video = number(videos_, sequence.subject + "\n" + sequence.video);
      const std::int64_t person = number(people_, sequence.subject);
      const auto frames = static_cast<std::size_t>(sequence.frames);
      set_.sequence.insert(set_.sequence.end(), frames, video);
      set_.person.insert(set_.person.end(), frames, person);
    }
  }

  FaceSet finish() {
    if (!images_.empty()) {
      set_.images = at::cat(images_);
      set_.landmarks = at::cat(landmarks_);
      set_.classes = at::cat(classes_);
    }
    return std::move(set_);
  }

 private:
  static std::int64_t number(std::map<std::string, std::int64_t>& numbers,
                             const std::string& name) {
    return numbers.emplace(name, static_cast<std::int64_t>(numbers.size())).first->second;
  }

  FaceSet set_;
  std::vector<at::Tensor> images_, landmarks_, classes_;
  std::map<std::string, std::int64_t> videos_, people_;
};

}  // namespace

FaceSet load_faces(const std::vector<FrameSet>& sets, const std::string& part) {
  CHANGELING_REQUIRE(!sets.empty(), "at least one frame set");
  check_sets(sets);
  Joiner joiner;
  for (const FrameSet& set : sets) {
    for (const FrameSetEntry& entry : set.packs) {
      if (entry.part == part) {
        joiner.add(read_pack(set, entry));
      }
    }
  }
  FaceSet faces = joiner.finish();
  faces.crop_scale = sets.front().layout.crop_scale;
  require_face_set(faces, part.c_str());
  return faces;
}

}  // namespace changeling
