// common/packs/frame_pack.h: face crops with their landmarks, poses and masks as one file, for
// training and for machines without FFmpeg. Layer 2, no Torch. Format: docs/formats/frame-pack.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/digest.h"

namespace changeling {

class SafetensorsFile;

/// Values of a mask pixel.
enum PackMask : std::uint8_t { kMaskBackground = 0, kMaskFace = 1, kMaskHair = 2 };

/// Frames of one person in one video, in the video's order.
struct PackSequence {
  std::string video;        ///< SHA-256 of the video, or another key that no other video has
  std::string subject;      ///< who it is: "corpus/person"
  std::int64_t frames = 0;  ///< > 0
};

/// Terms of one corpus whose pictures are in the pack.
struct PackTerms {
  std::string corpus;
  std::string licence;
  std::string consent_basis;
  bool redistributable = false;
};

/// What is true of every frame of a pack, and of all packs of a set.
struct PackLayout {
  int resolution_px = 0;        ///< side S of the crops: a multiple of 16, at most 1024
  double crop_scale = 0;        ///< side of the crop / side of the face box, 1..4
  int landmarks = 0;            ///< points a frame
  std::string landmark_source;  ///< "given", or the network that found them
  std::string mask_source;      ///< "none", "hull", "labels", or a network's name
};

/// N frames; the vectors have one row a frame, row major.
struct FramePack {
  std::string part;  ///< "train", "val" or "test"; nobody stands in two parts of a set
  PackLayout layout;
  std::vector<PackTerms> terms;
  std::vector<PackSequence> sequences;    ///< their frames tile 0..N in this order
  std::string pixels;                     ///< uint8 (N,S,S,3) RGB
  std::string masks;                      ///< uint8 (N,S,S) PackMask; empty: mask_source "none"
  std::vector<float> landmarks;           ///< (N,L,2) in [0,1] of the crop, may lie outside
  std::vector<float> poses;               ///< (N,3) yaw, pitch, roll in degrees (geometry.h)
  std::vector<float> sharpness;           ///< (N) variance of the Laplacian, >= 0
  std::vector<std::int64_t> frame_index;  ///< (N) in the video, ascending within a sequence

  [[nodiscard]] std::int64_t frame_count() const {
    return static_cast<std::int64_t>(frame_index.size());
  }
};

/// Largest size of a file: packs travel one by one.
inline constexpr std::int64_t kMaxPackBytes = 60'000'000;

/// Bytes that one more frame of this layout adds to a file.
[[nodiscard]] std::int64_t bytes_per_frame(const PackLayout& layout);

/// The file's bytes; the same pack gives the same bytes. Throws Error(kInput) for a pack that
/// read_frame_pack would refuse.
[[nodiscard]] std::string serialize_frame_pack(const FramePack& pack);

/// What a pack holds beside its pixels and masks, and where those begin in the file.
struct PackOutline {
  FramePack frames;  ///< `pixels` and `masks` are empty
  std::int64_t pixels_at = 0;
  std::int64_t masks_at = 0;  ///< 0: mask source "none"
};

/// A checked pack whose pixels and masks stay in the bytes of its file, the only ones in memory.
class PackFile {
 public:
  /// Checks all of it; `name` stands in messages. Throws Error(kInput), one line: no safetensors
  /// file, another format or version, a digest that does not fit the content, tensors that are
  /// missing, unknown or of another size, a head that lacks a key or has a value out of its range,
  /// landmarks or poses that are not finite, mask values above 2, sequences that do not tile the
  /// frames, more than kMaxPackBytes.
  PackFile(std::string bytes, const std::string& name);
  PackFile(PackFile&&) noexcept;
  PackFile& operator=(PackFile&&) noexcept;
  ~PackFile();

  [[nodiscard]] const PackOutline& outline() const { return outline_; }

  /// A copy of everything, with pixels and masks.
  [[nodiscard]] FramePack whole() const;

  [[nodiscard]] std::string_view pixels() const;

  /// Empty where the mask source is "none".
  [[nodiscard]] std::string_view masks() const;

 private:
  std::unique_ptr<const SafetensorsFile> file_;
  PackOutline outline_;
};

/// The outline of a pack of `file_bytes` bytes, and no more of it: `read` gives bytes of the file.
/// For a file whose bytes were checked before (PackFile): digests and values are not looked at, but
/// the head and the shapes of the tensors are. Throws as PackFile.
[[nodiscard]] PackOutline read_pack_outline(
    const std::function<std::string(std::int64_t first, std::int64_t bytes)>& read,
    std::int64_t file_bytes, const std::string& name);

/// PackFile::whole of these bytes. Throws as PackFile.
[[nodiscard]] FramePack parse_frame_pack(std::string bytes, const std::string& name);

/// As parse_frame_pack, from a file.
[[nodiscard]] FramePack read_frame_pack(const std::filesystem::path& path);

/// Writes `<first 16 digits of its SHA-256>.pack.safetensors` into the folder, atomically, and
/// returns the file's SHA-256. Throws also Error(kResource) when the disk is full.
Digest write_frame_pack(const std::filesystem::path& folder, const FramePack& pack);

/// The name that write_frame_pack gives.
[[nodiscard]] std::string frame_pack_name(const Digest& sha256);

/// Whether write_frame_pack could have given that name.
[[nodiscard]] bool is_frame_pack_name(std::string_view name);

}  // namespace changeling
