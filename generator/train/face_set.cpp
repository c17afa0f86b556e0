#include "generator/train/face_set.h"

#include <algorithm>
#include <map>
#include <string>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/base/even_spread.h"
#include "common/face/landmark_layout.h"
#include "common/tensor/transfer.h"

namespace changeling {
namespace {

constexpr std::int64_t kUnlabelled = -100;  // what the cross-entropy leaves out

void require(bool holds, const char* part, const std::string& what) {
  if (!holds) {
    throw Error(ErrorKind::kInput, "training part '" + std::string(part) + "': " + what);
  }
}

at::Tensor index_of(const std::vector<std::int64_t>& rows) {
  return at::tensor(rows, at::TensorOptions().dtype(at::kLong));
}

/// Landmark i of the mirrored picture is landmark flip[i] of this one.
at::Tensor flip_permutation() {
  std::vector<std::int64_t> order;
  for (const std::size_t i : landmark_layout(68).flip) {
    order.push_back(static_cast<std::int64_t>(i));
  }
  return index_of(order);
}

at::Tensor mirrored_landmarks(const at::Tensor& landmarks) {
  const at::Tensor renumbered =
      landmarks.index_select(1, flip_permutation().to(landmarks.device()));
  return at::stack({1 - renumbered.select(2, 0), renumbered.select(2, 1)}, 2);
}

/// `mirrored` in the rows where `flip` holds, `as_is` elsewhere.
at::Tensor choose(const at::Tensor& flip, const at::Tensor& mirrored, const at::Tensor& as_is) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(as_is.dim()), 1);
  shape.front() = flip.size(0);
  return at::where(flip.view(shape), mirrored, as_is);
}

}  // namespace

void require_face_set(const FaceSet& set, const char* part) {
  require(set.size() > 0, part, "no face crops");
  const std::int64_t count = set.size();
  require(set.landmarks.sizes() == at::IntArrayRef({count, 68, 2}), part,
          "landmarks are (N,68,2) for N crops");
  require(set.landmarks.isfinite().all().item<bool>(), part, "a landmark is not finite");
  require(static_cast<std::int64_t>(set.sequence.size()) == count &&
              static_cast<std::int64_t>(set.person.size()) == count,
          part, "every crop has a sequence and a person");
}

std::vector<std::int64_t> validation_rows(const FaceSet& set, std::int64_t most) {
  if (set.size() <= most) {
    return even_spread(set.size(), set.size());
  }
  std::vector<std::int64_t> rows;
  for (const std::int64_t pair : even_spread(set.size() / 2, most / 2)) {
    rows.insert(rows.end(), {2 * pair, 2 * pair + 1});
  }
  return rows;
}

std::vector<std::vector<std::int64_t>> batches_of(const std::vector<std::int64_t>& rows,
                                                  std::int64_t size) {
  std::vector<std::vector<std::int64_t>> batches;
  const auto count = static_cast<std::int64_t>(rows.size());
  for (std::int64_t first = 0; first < count; first += size) {
    batches.emplace_back(rows.begin() + first, rows.begin() + std::min(count, first + size));
  }
  return batches;
}

FaceBatch gather(const FaceSet& set, const std::vector<std::int64_t>& rows, c10::Device device) {
  const CropBytes crops = set.crops->read(rows);
  FaceBatch batch;
  batch.images = move_to(crops.images, device)
                     .permute({0, 3, 1, 2})
                     .to(at::kFloat)
                     .div(127.5)
                     .sub(1)
                     .contiguous();
  batch.landmarks = set.landmarks.index_select(0, index_of(rows)).to(device, at::kFloat);
  if (crops.classes.defined()) {
    const at::Tensor classes = move_to(crops.classes, device).to(at::kLong);
    batch.classes = classes.masked_fill(classes.eq(kUnlabelledClass), kUnlabelled);
  }
  return batch;
}

FaceBatch flipped(const FaceBatch& batch, const std::vector<bool>& flip) {
  CHANGELING_REQUIRE(static_cast<std::int64_t>(flip.size()) == batch.images.size(0),
                     "one flip for each row");
  at::Tensor chosen = at::empty({batch.images.size(0)}, at::TensorOptions().dtype(at::kBool));
  for (std::size_t i = 0; i < flip.size(); ++i) {
    chosen.data_ptr<bool>()[i] = flip[i];
  }
  chosen = chosen.to(batch.images.device());
  FaceBatch result;
  result.images = choose(chosen, batch.images.flip(3), batch.images);
  result.landmarks = choose(chosen, mirrored_landmarks(batch.landmarks), batch.landmarks);
  if (batch.classes.defined()) {
    result.classes = choose(chosen, batch.classes.flip(2), batch.classes);
  }
  return result;
}

PairBatch gather_pairs(const FaceSet& set, const std::vector<CropPair>& pairs, c10::Device device) {
  std::vector<std::int64_t> sources;
  std::vector<std::int64_t> targets;
  for (const CropPair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  return {gather(set, sources, device), gather(set, targets, device)};
}

PairBatch flipped(const PairBatch& pairs, const std::vector<bool>& flip) {
  return {flipped(pairs.source, flip), flipped(pairs.target, flip)};
}

PairDrawer::PairDrawer(const FaceSet& set) {
  std::map<std::int64_t, std::vector<std::int64_t>> by_sequence;
  for (std::size_t i = 0; i < set.sequence.size(); ++i) {
    by_sequence[set.sequence[i]].push_back(static_cast<std::int64_t>(i));
  }
  for (const auto& [sequence, crops] : by_sequence) {
    if (crops.size() > 1) {
      sequences_.push_back(crops);
    }
  }
  if (sequences_.empty()) {
    throw Error(ErrorKind::kInput,
                "no video has two face crops; reenactment is learned from pairs");
  }
}

CropPair PairDrawer::draw(CounterRng& rng) const {
  const std::vector<std::int64_t>& crops = sequences_[rng.below(sequences_.size())];
  const std::uint64_t source = rng.below(crops.size());
  std::uint64_t target = rng.below(crops.size() - 1);
  target += target >= source ? 1 : 0;
  return {crops[source], crops[target]};
}

std::vector<CropPair> PairDrawer::all() const {
  std::vector<CropPair> pairs;
  for (const std::vector<std::int64_t>& crops : sequences_) {
    for (const std::int64_t source : crops) {
      for (const std::int64_t target : crops) {
        if (source != target) {
          pairs.push_back({source, target});
        }
      }
    }
  }
  return pairs;
}

}  // namespace changeling
