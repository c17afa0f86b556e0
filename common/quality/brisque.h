// common/quality/brisque.h: how natural a picture looks by itself. Layer 2, OpenCV behind it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "common/base/digest.h"
#include "common/base/frame.h"
#include "common/base/geometry.h"

namespace changeling {

/// The files of a folder: brisque_model_live.yml, brisque_range_live.yml (Debian: opencv-data).
struct BrisqueFiles {
  std::filesystem::path model;
  std::filesystem::path range;
};

[[nodiscard]] BrisqueFiles brisque_files(const std::filesystem::path& folder);

/// Whether both are there.
[[nodiscard]] bool exist(const BrisqueFiles& files);

/// Of the bytes of both, model first. Throws Error(kModel) when one cannot be read.
[[nodiscard]] Digest digest_of(const BrisqueFiles& files);

/// BRISQUE (Mittal, Moorthy, Bovik 2012) as OpenCV computes it: statistics of neighbouring pixels
/// at two scales, compared with those of photographs by a support vector machine. One thread per
/// object.
class Brisque {
 public:
  /// Larger regions are shrunk until their longer side has this many pixels.
  static constexpr int kMostPx = 256;
  /// Smaller ones have no score: too few pixels for their statistics.
  static constexpr int kLeastPx = 32;

  /// Throws Error(kModel): a file is missing or damaged.
  explicit Brisque(const BrisqueFiles& files);
  ~Brisque();
  Brisque(Brisque&&) noexcept;
  Brisque& operator=(Brisque&&) noexcept;

  /// 0 (natural) to 100 of the whole pixels of an RGB picture that the region covers, ends rounded,
  /// cut at the picture's border; shrunk by the mean of areas where they are more than kMostPx.
  /// nullopt when a side is below kLeastPx. 3 ms at 128 px, 7 at 256.
  [[nodiscard]] std::optional<double> score(const Frame& picture, const BBox& region) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace changeling
