// The stage cache's file of a face analysis. Layout, little endian: 8 bytes magic and version,
// fields in the order of the structs (counts as u32), then the SHA-256 of everything before it.
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "common/base/error.h"
#include "common/face/face_types.h"

namespace changeling {
namespace {

constexpr std::string_view kAnalysisMagic("CHGLFA\0\2", 8);
constexpr std::string_view kTrackMagic("CHGLFT\0\2", 8);
constexpr std::size_t kDigestBytes = 32;

class ByteWriter {
 public:
  /// `expected_bytes` of content, so that the buffer of a long clip need not grow by copies.
  ByteWriter(std::string_view magic, std::size_t expected_bytes) {
    bytes_.reserve(magic.size() + expected_bytes + kDigestBytes);
    bytes_.append(magic);
  }

  template <typename T>
  void put(T value) {
    static_assert(std::is_arithmetic_v<T>);
    char raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes_.append(raw, sizeof(T));
  }

  void put_count(std::size_t count) { put(static_cast<std::uint32_t>(count)); }

  void put(const Digest& digest) { bytes_.append(digest.bytes.begin(), digest.bytes.end()); }

  [[nodiscard]] std::string finish() && {
    put(sha256(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

[[noreturn]] void throw_damaged(const std::string& what) {
  throw Error(ErrorKind::kCatalog,
              "stored face analysis is damaged: " + what + " (run 'changeling catalog verify')");
}

class ByteReader {
 public:
  /// Checks magic and digest first, so the fields below are what a writer wrote.
  ByteReader(std::string_view bytes, std::string_view magic) {
    if (bytes.size() < magic.size() + kDigestBytes) {
      throw_damaged("too short");
    }
    if (bytes.substr(0, magic.size()) != magic) {
      throw_damaged("unknown format or version");
    }
    rest_ = bytes.substr(0, bytes.size() - kDigestBytes);
    const Digest digest = sha256(rest_);
    if (std::memcmp(digest.bytes.data(), bytes.data() + rest_.size(), kDigestBytes) != 0) {
      throw_damaged("wrong digest");
    }
    rest_.remove_prefix(magic.size());
  }

  template <typename T>
  T take() {
    T value;
    const std::string_view raw = take_bytes(sizeof(T));
    std::memcpy(&value, raw.data(), sizeof(T));
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) {
        throw_damaged("a number is not finite");
      }
    }
    return value;
  }

  /// A count of items that take at least `item_bytes` each.
  std::size_t take_count(std::size_t item_bytes) {
    const std::size_t count = take<std::uint32_t>();
    if (count > rest_.size() / item_bytes) {
      throw_damaged("a list is longer than the file");
    }
    return count;
  }

  template <typename Enum>
  Enum take_enum(Enum last) {
    const auto value = take<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(last)) {
      throw_damaged("unknown enumerator");
    }
    return static_cast<Enum>(value);
  }

  Digest take_digest() {
    Digest digest;
    std::memcpy(digest.bytes.data(), take_bytes(kDigestBytes).data(), kDigestBytes);
    return digest;
  }

  void expect_end() const {
    if (!rest_.empty()) {
      throw_damaged("bytes after the end");
    }
  }

 private:
  std::string_view take_bytes(std::size_t count) {
    if (count > rest_.size()) {
      throw_damaged("ends too early");
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::string_view rest_;
};

template <typename... T>
void put_all(ByteWriter& writer, T... values) {
  (writer.put(values), ...);
}

void write(ByteWriter& writer, const FaceObservation& observation) {
  writer.put(observation.frame_index);
  const BBox& box = observation.bbox_px;
  const EulerPose& pose = observation.pose_deg;
  put_all(writer, box.x, box.y, box.width, box.height, observation.score, pose.yaw_deg,
          pose.pitch_deg, pose.roll_deg, observation.sharpness,
          static_cast<std::uint8_t>(observation.status));
  writer.put_count(observation.landmarks.size());
  for (const PointF& point : observation.landmarks) {
    put_all(writer, point.x, point.y);
  }
}

FaceObservation read_observation(ByteReader& reader) {
  FaceObservation observation;
  observation.frame_index = reader.take<std::int64_t>();
  for (float* value :
       {&observation.bbox_px.x, &observation.bbox_px.y, &observation.bbox_px.width,
        &observation.bbox_px.height, &observation.score, &observation.pose_deg.yaw_deg,
        &observation.pose_deg.pitch_deg, &observation.pose_deg.roll_deg, &observation.sharpness}) {
    *value = reader.take<float>();
  }
  observation.status = reader.take_enum(FaceStatus::kInterpolated);
  observation.landmarks.resize(reader.take_count(2 * sizeof(float)));
  for (PointF& point : observation.landmarks) {
    point.x = reader.take<float>();
    point.y = reader.take<float>();
  }
  return observation;
}

std::size_t bytes_of(const FaceTrack& track) {
  std::size_t bytes = 16 + sizeof(float) * track.identity.size();
  for (const FaceObservation& observation : track.observations) {
    bytes += 49 + 2 * sizeof(float) * observation.landmarks.size();
  }
  return bytes;
}

void write(ByteWriter& writer, const FaceTrack& track) {
  put_all(writer, track.side_px, track.sharpness);
  writer.put_count(track.identity.size());
  for (const float value : track.identity) {
    writer.put(value);
  }
  writer.put_count(track.observations.size());
  for (const FaceObservation& observation : track.observations) {
    write(writer, observation);
  }
}

FaceTrack read_track(ByteReader& reader) {
  FaceTrack track;
  track.side_px = reader.take<float>();
  track.sharpness = reader.take<float>();
  track.identity.resize(reader.take_count(sizeof(float)));
  for (float& value : track.identity) {
    value = reader.take<float>();
  }
  const std::size_t count = reader.take_count(sizeof(std::int64_t));
  if (count == 0) {
    throw_damaged("a track without observations");
  }
  track.observations.reserve(count);
  std::int64_t previous = std::numeric_limits<std::int64_t>::min();
  for (std::size_t i = 0; i < count; ++i) {
    track.observations.push_back(read_observation(reader));
    if (track.observations.back().frame_index <= previous) {
      throw_damaged("frames of a track are not ascending");
    }
    previous = track.observations.back().frame_index;
  }
  return track;
}

}  // namespace

std::string serialize(const VideoAnalysis& analysis) {
  std::size_t expected = 9 * analysis.frames_without_face.size() + 8 * analysis.cuts.size() + 128;
  for (const FaceTrack& track : analysis.tracks) {
    expected += bytes_of(track);
  }
  ByteWriter writer(kAnalysisMagic, expected);
  writer.put(analysis.video_sha256);
  writer.put(analysis.model_set);
  writer.put(analysis.n_frames);
  put_all(writer, static_cast<std::int32_t>(analysis.width_px),
          static_cast<std::int32_t>(analysis.height_px));
  writer.put_count(analysis.tracks.size());
  for (const FaceTrack& track : analysis.tracks) {
    write(writer, track);
  }
  writer.put_count(analysis.frames_without_face.size());
  for (const FrameWithoutFace& frame : analysis.frames_without_face) {
    writer.put(frame.frame_index);
    writer.put(static_cast<std::uint8_t>(frame.reason));
  }
  writer.put_count(analysis.cuts.size());
  for (const std::int64_t cut : analysis.cuts) {
    writer.put(cut);
  }
  return std::move(writer).finish();
}

VideoAnalysis deserialize_analysis(std::string_view bytes) {
  ByteReader reader(bytes, kAnalysisMagic);
  VideoAnalysis analysis;
  analysis.video_sha256 = reader.take_digest();
  analysis.model_set = reader.take_digest();
  analysis.n_frames = reader.take<std::int64_t>();
  analysis.width_px = reader.take<std::int32_t>();
  analysis.height_px = reader.take<std::int32_t>();
  analysis.tracks.resize(reader.take_count(1));
  for (FaceTrack& track : analysis.tracks) {
    track = read_track(reader);
  }
  analysis.frames_without_face.resize(reader.take_count(sizeof(std::int64_t)));
  for (FrameWithoutFace& frame : analysis.frames_without_face) {
    frame.frame_index = reader.take<std::int64_t>();
    frame.reason = reader.take_enum(NoFaceReason::kTooSmall);
  }
  analysis.cuts.resize(reader.take_count(sizeof(std::int64_t)));
  for (std::int64_t& cut : analysis.cuts) {
    cut = reader.take<std::int64_t>();
  }
  reader.expect_end();
  return analysis;
}

std::string serialize(const FaceTrack& track) {
  ByteWriter writer(kTrackMagic, bytes_of(track));
  write(writer, track);
  return std::move(writer).finish();
}

FaceTrack deserialize_track(std::string_view bytes) {
  ByteReader reader(bytes, kTrackMagic);
  FaceTrack track = read_track(reader);
  reader.expect_end();
  return track;
}

}  // namespace changeling
