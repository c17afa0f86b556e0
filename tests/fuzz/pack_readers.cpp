// Readers of what travels between machines and runs: frame packs, their index, face analyses.
#include "common/face/face_types.h"
#include "common/packs/frame_set.h"
#include "common/weights/safetensors.h"
#include "tests/fuzz/hostile_reader.h"
#include "tests/fuzz/safetensors_check.h"
#include "tests/support/tiny_pack.h"

namespace changeling {
namespace {

FramePack small_pack() {
  return tiny_pack("train", "s", 1, 2);
}

/// Size of a safetensors header: the first 8 bytes, little endian.
std::size_t header_bytes(const std::string& file) {
  std::size_t bytes = 0;
  for (std::size_t i = 8; i-- > 0;) {
    bytes = bytes << 8U | static_cast<unsigned char>(file[i]);
  }
  return bytes;
}

/// The input is the head of a pack; what else a pack holds is sound, its seal too.
void read_pack_head(const std::string& bytes) {
  static const SafetensorsFile sound =
      SafetensorsFile::parse(serialize_frame_pack(small_pack()), "sound");
  SafetensorsMetadata metadata = {{"format", sound.metadata().at("format")},
                                  {"version", sound.metadata().at("version")},
                                  {"head", bytes}};
  std::string file;
  try {
    file = serialize_safetensors(sound.tensors(), sealed(metadata, sound.tensors()));
  } catch (const Error&) {
    return;  // no UTF-8: such a head stands in no file
  }
  const FramePack pack = parse_frame_pack(file, "hostile.pack");
  expect(parse_frame_pack(serialize_frame_pack(pack), "again").sequences.size() ==
             pack.sequences.size(),
         "a pack reads back the same");
}

/// The input is the header of a pack's file, before the tensors of a sound one.
void read_pack_header(const std::string& bytes) {
  static const std::string tensors = [] {
    const std::string file = serialize_frame_pack(small_pack());
    return file.substr(8 + header_bytes(file));
  }();
  const std::string file = with_length(bytes, tensors);
  const auto read = [&file](std::int64_t first, std::int64_t count) {
    expect(first >= 0 && count >= 0 && first + count <= static_cast<std::int64_t>(file.size()),
           "only bytes of the file are asked for");
    return file.substr(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  };
  const PackOutline outline =
      read_pack_outline(read, static_cast<std::int64_t>(file.size()), "hostile.pack");
  expect(outline.pixels_at > 0 && outline.frames.frame_count() > 0, "a pack has frames");
}

void read_pack_index(const std::string& bytes) {
  const std::filesystem::path file = scratch_file("pack_set/set.json", bytes);
  for (const FrameSetEntry& entry : open_frame_set(file.parent_path()).packs) {
    expect(std::filesystem::path(entry.file).filename() == entry.file, "a pack lies in the folder");
  }
}

/// The digest of the content is added, so that what it guards is reached.
void read_analysis(const std::string& bytes) {
  const Digest digest = sha256(bytes);
  const std::string sealed = bytes + std::string(digest.bytes.begin(), digest.bytes.end());
  if (bytes.substr(0, 6) == "CHGLFT") {
    const FaceTrack track = deserialize_track(sealed);
    expect(serialize(track) == sealed, "a track reads back the same");
    expect(track.first_frame() <= track.last_frame(), "frames of a track ascend");
  } else {
    expect(serialize(deserialize_analysis(sealed)) == sealed, "an analysis reads back the same");
  }
}

std::string without_digest(const std::string& bytes) {
  return bytes.substr(0, bytes.size() - 32);
}

VideoAnalysis small_analysis() {
  FaceObservation seen;
  seen.frame_index = 3;
  seen.bbox_px = {1, 2, 30, 40};
  seen.landmarks = {{1, 2}, {3, 4}};
  FaceTrack track;
  track.observations = {seen, seen};
  track.observations[1].frame_index = 5;
  track.identity = {0.6F, 0.8F};
  VideoAnalysis analysis;
  analysis.n_frames = 9;
  analysis.width_px = 64;
  analysis.height_px = 48;
  analysis.tracks = {track};
  analysis.frames_without_face = {{4, NoFaceReason::kTooSmall}};
  analysis.cuts = {7};
  return analysis;
}

}  // namespace

std::vector<HostileReader> pack_readers() {
  const std::string file = serialize_frame_pack(small_pack());
  const std::string head = SafetensorsFile::parse(file, "sound").metadata().at("head");
  const std::string index =
      R"({"format":"changeling-frame-set","version":1,"layout":{"resolution_px":16,)"
      R"("crop_scale":1.2,"landmarks":5,"landmark_source":"given","mask_source":"hull"},)"
      R"("split":"main","terms":[{"corpus":"tiny","licence":"CC0-1.0","consent_basis":"synthetic",)"
      R"("redistributable":true}],"packs":[{"file":"0011223344556677.pack.safetensors","sha256":")" +
      std::string(64, 'c') + R"(","part":"train","frames":2,"subjects":["tiny/s0"]}]})";
  return {
      {"pack", {ErrorKind::kInput}, {head}, read_pack_head},
      {"pack_header", {ErrorKind::kInput}, {file.substr(8, header_bytes(file))}, read_pack_header},
      {"pack_set", {ErrorKind::kInput}, {index}, read_pack_index},
      {"analysis",
       {ErrorKind::kCatalog},
       {without_digest(serialize(small_analysis())),
        without_digest(serialize(small_analysis().tracks.front()))},
       read_analysis}};
}

}  // namespace changeling
