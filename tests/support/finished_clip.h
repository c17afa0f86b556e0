// tests/support/finished_clip.h: what a finished clip leaves in the catalog, for measurements.
#pragma once

#include <string>

#include "catalog/store/records.h"

namespace changeling {

/// Five blobs and artifacts, three spans, six timings: one finished clip of 300 frames.
inline FakeRow finished_clip(const std::string& salt) {
  FakeRow fake;
  for (const std::string kind :
       {"fake_video", "real_control", "mask_alpha", "mask_changed", "sidecar"}) {
    fake.blobs.push_back({sha256(kind + salt), 100000, "video/mp4"});
    ArtifactRow artifact;
    artifact.kind = kind;
    artifact.profile = "c23";
    artifact.sha256 = fake.blobs.back().sha256;
    artifact.stream_sha256 = sha256("stream" + kind + salt);
    artifact.n_frames = 300;
    if (kind == "fake_video") {
      artifact.manipulated_frames = 200;
    }
    fake.artifacts.push_back(artifact);
  }
  fake.spans = {{0, 49, FrameStatus::kPassthrough},
                {50, 249, FrameStatus::kSwapped},
                {250, 299, FrameStatus::kPassthrough}};
  for (const char* stage : {"decode", "plan", "swap", "compose", "encode", "publish"}) {
    fake.timings.push_back({stage, "cpu", 300, 1000000, 900000, 1 << 28});
  }
  return fake;
}

}  // namespace changeling
