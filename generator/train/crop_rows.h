// generator/train/crop_rows.h: the pixels that training reads, wherever they lie. Layer 6, Torch
// only.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

#include "common/packs/pack_rows.h"

namespace changeling {

/// Class of a pixel that nobody labelled.
inline constexpr int kUnlabelledClass = 255;

/// Crops as bytes, on the CPU.
struct CropBytes {
  at::Tensor images;   ///< uint8 (B,R,R,3) RGB
  at::Tensor classes;  ///< uint8 (B,R,R): 0 background, 1 face, 2 hair, kUnlabelledClass; or none
};

/// Crops of one size, by row. Immutable; any number of threads.
class CropRows {
 public:
  virtual ~CropRows() = default;

  [[nodiscard]] virtual std::int64_t size() const = 0;
  [[nodiscard]] virtual std::int64_t side_px() const = 0;
  [[nodiscard]] virtual bool has_classes() const = 0;

  /// Whether a pixel of the row is of that class, 0..2.
  [[nodiscard]] virtual bool shows(std::int64_t row, int cls) const = 0;

  /// Copies of these rows. Throws Error(kInput), one line, when a file cannot be read any more.
  [[nodiscard]] virtual CropBytes read(const std::vector<std::int64_t>& rows) const = 0;
};

/// Crops in memory: the tensors of CropBytes, N rows, not to be changed any more. Throws
/// Error(kInput) for other types and shapes.
[[nodiscard]] std::shared_ptr<const CropRows> crops_in_memory(CropBytes crops);

/// Crops in the files of packs of one size, which are read with each call of read(); those of a
/// pack without masks are not labelled.
[[nodiscard]] std::shared_ptr<const CropRows> crops_in_packs(std::deque<PackRows> packs,
                                                             std::int64_t side_px);

}  // namespace changeling
