#include "generator/train/crop_rows.h"

#include <algorithm>
#include <map>
#include <utility>

#include <ATen/ATen.h>

#include "common/base/error.h"

namespace changeling {
namespace {

class MemoryCrops : public CropRows {
 public:
  explicit MemoryCrops(CropBytes crops) : crops_(std::move(crops)) {}

  [[nodiscard]] std::int64_t size() const override { return crops_.images.size(0); }

  [[nodiscard]] std::int64_t side_px() const override { return crops_.images.size(1); }

  [[nodiscard]] bool has_classes() const override { return crops_.classes.defined(); }

  [[nodiscard]] bool shows(std::int64_t row, int cls) const override {
    return has_classes() && crops_.classes[row].eq(cls).any().item<bool>();
  }

  [[nodiscard]] CropBytes read(const std::vector<std::int64_t>& rows) const override {
    const at::Tensor index = at::tensor(rows, at::TensorOptions().dtype(at::kLong));
    return {crops_.images.index_select(0, index),
            has_classes() ? crops_.classes.index_select(0, index) : at::Tensor()};
  }

 private:
  CropBytes crops_;
};

class PackCrops : public CropRows {
 public:
  PackCrops(std::deque<PackRows> packs, std::int64_t side_px)
      : packs_(std::move(packs)), side_px_(side_px) {
    for (const PackRows& pack : packs_) {
      ends_.push_back((ends_.empty() ? 0 : ends_.back()) + pack.frame_count());
    }
  }

  [[nodiscard]] std::int64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }

  [[nodiscard]] std::int64_t side_px() const override { return side_px_; }

  [[nodiscard]] bool has_classes() const override { return true; }

  [[nodiscard]] bool shows(std::int64_t row, int cls) const override {
    const auto [pack, frame] = place_of(row);
    return pack->shows(frame, static_cast<PackMask>(cls));
  }

  [[nodiscard]] CropBytes read(const std::vector<std::int64_t>& rows) const override {
    const auto count = static_cast<std::int64_t>(rows.size());
    const auto bytes = at::TensorOptions().dtype(at::kByte);
    CropBytes crops = {at::empty({count, side_px_, side_px_, 3}, bytes),
                       at::empty({count, side_px_, side_px_}, bytes)};
    auto* pixels = static_cast<char*>(crops.images.data_ptr());
    auto* classes = static_cast<char*>(crops.classes.data_ptr());
    for (auto row = rows.begin(); row != rows.end();) {
      Readers readers;
      for (const auto last = announced(row, rows.end(), readers); row != last; ++row) {
        const auto [pack, frame] = place_of(*row);
        if (!pack->has_masks()) {
          std::fill_n(classes, side_px_ * side_px_, static_cast<char>(kUnlabelledClass));
        }
        readers.at(pack).read(frame, pixels, classes);
        pixels += side_px_ * side_px_ * 3;
        classes += side_px_ * side_px_;
      }
    }
    return crops;
  }

 private:
  using Row = std::vector<std::int64_t>::const_iterator;
  using Readers = std::map<const PackRows*, PackRows::Reader>;

  /// Opens the packs of the rows from `row` on, as many as may be, and announces those rows;
  /// returns the end of them.
  Row announced(Row row, Row end, Readers& readers) const {
    const std::size_t most = PackRows::most_readers();
    for (; row != end; ++row) {
      const auto [pack, frame] = place_of(*row);
      if (readers.count(pack) == 0 && readers.size() == most) {
        break;
      }
      readers.try_emplace(pack, *pack).first->second.announce(frame);
    }
    return row;
  }

  /// The pack of a row, and which of its frames it is.
  [[nodiscard]] std::pair<const PackRows*, std::int64_t> place_of(std::int64_t row) const {
    CHANGELING_REQUIRE(row >= 0 && row < size(), "a row of the crops");
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), row);
    const PackRows& pack = packs_[static_cast<std::size_t>(end - ends_.begin())];
    return {&pack, row - (*end - pack.frame_count())};
  }

  std::deque<PackRows> packs_;
  std::vector<std::int64_t> ends_;  ///< rows up to the end of each pack
  std::int64_t side_px_;
};

void require(bool holds, const char* what) {
  if (!holds) {
    throw Error(ErrorKind::kInput, what);
  }
}

}  // namespace

std::shared_ptr<const CropRows> crops_in_memory(CropBytes crops) {
  const at::Tensor& images = crops.images;
  require(images.dim() == 4 && images.size(3) == 3 && images.size(1) == images.size(2) &&
              images.size(0) > 0 && images.scalar_type() == at::kByte,
          "crops are uint8 (N,R,R,3)");
  require(!crops.classes.defined() ||
              (crops.classes.scalar_type() == at::kByte &&
               crops.classes.sizes() ==
                   at::IntArrayRef({images.size(0), images.size(1), images.size(1)})),
          "class maps have the size of their crops");
  return std::make_shared<const MemoryCrops>(std::move(crops));
}

std::shared_ptr<const CropRows> crops_in_packs(std::deque<PackRows> packs, std::int64_t side_px) {
  return std::make_shared<const PackCrops>(std::move(packs), side_px);
}

}  // namespace changeling
