// catalog/export/label_coverage.h: does a fake carry its whole truth? Layer 4.
#pragma once

#include <string>
#include <vector>

#include "catalog/export/clip_selection.h"
#include "catalog/export/export_item.h"
#include "catalog/store/run_store.h"
#include "common/media/video_reader.h"

namespace changeling {

/// What a made fake lacks: real control, mask of changed pixels, sidecar, source type or fake face;
/// or that its spans do not tile its frames or add up to its manipulated frames.
[[nodiscard]] std::vector<std::string> faults_of_fake(const RunStore& runs,
                                                      const SelectedClip& clip,
                                                      const ExportItem& item);

/// What the clip's file, open as `video`, contradicts: a made clip carries the label under which it
/// goes out, and footage does not say that it is a fake. Empty when all is well.
[[nodiscard]] std::string fault_of_label(const ExportItem& item, const VideoReader& video);

}  // namespace changeling
