// catalog/corpora/ffpp_recordings.h: which of the 1000 videos of FaceForensics++ were cut from one
// recording. Layer 2. Source: dataset/conversion_dict.json of ondyari/FaceForensics, which copies
// of the videos alone lack.
#pragma once

#include <algorithm>
#include <array>

namespace changeling {

/// Videos that continue the recording of the video before them: 1000 videos of 977 recordings.
inline constexpr std::array<int, 23> kFfppContinued = {332, 525, 567, 606, 615, 619, 640, 686,
                                                       687, 756, 767, 770, 788, 838, 876, 884,
                                                       938, 943, 955, 968, 974, 983, 994};

/// The first video, 0..999, of the recording that a video was cut from.
[[nodiscard]] inline int ffpp_first_video(int video) {
  while (std::binary_search(kFfppContinued.begin(), kFfppContinued.end(), video)) {
    --video;
  }
  return video;
}

}  // namespace changeling
