#include "catalog/export/label_coverage.h"

#include <algorithm>
#include <optional>

#include "common/media/own_label.h"

namespace changeling {
namespace {

/// Empty when the spans tell the status of every frame and the number of swapped ones.
std::string fault_of_spans(const ExportItem& item) {
  std::int64_t next = 0, swapped = 0;
  for (const ManipulatedSpan& span : item.spans) {
    if (span.first_frame != next) {
      return "has no status for frame " + std::to_string(std::min(next, span.first_frame));
    }
    next = span.last_frame + 1;
    if (span.status == FrameStatus::kSwapped) {
      swapped += next - span.first_frame;
    }
  }
  if (next != item.n_frames) {
    return "has spans for " + std::to_string(next) + " of " + std::to_string(item.n_frames) +
           " frames";
  }
  if (swapped != item.manipulated_frames) {
    return "has " + std::to_string(item.manipulated_frames) +
           " manipulated frames, its spans say " + std::to_string(swapped);
  }
  return {};
}

bool has_sidecar(const RunStore& runs, const SelectedClip& clip) {
  return runs.find_artifact(*clip.job, "sidecar", clip.profile).has_value();
}

}  // namespace

std::vector<std::string> faults_of_fake(const RunStore& runs, const SelectedClip& clip,
                                        const ExportItem& item) {
  std::vector<std::string> faults;
  const auto require = [&faults](bool holds, const char* fault) {
    if (!holds) {
      faults.emplace_back(fault);
    }
  };
  require(!clip.control_key.empty(), "has no real control");
  require(has_sidecar(runs, clip), "has no sidecar");
  require(item.masks.count("changed") > 0, "has no mask of changed pixels");
  require(!item.digital_source_type.empty(), "has no digital source type");
  require(std::any_of(item.faces.begin(), item.faces.end(),
                      [](const ItemFace& face) { return face.is_fake; }),
          "has no face that is labelled fake");
  if (std::string fault = fault_of_spans(item); !fault.empty()) {
    faults.push_back(std::move(fault));
  }
  return faults;
}

std::string fault_of_label(const ExportItem& item, const VideoReader& video) {
  if (item.is_declared) {
    const std::optional<std::string> reason =
        item.is_fake() ? std::nullopt : fake_by_own_words(item.corpus_file);
    return reason ? "would go out as " + item.label + ", but " + *reason : std::string();
  }
  const std::string label = label_of_tags(video.tags());
  return label == item.label
             ? std::string()
             : "would go out as " + item.label + ", but its file is labelled '" + label + "'";
}

}  // namespace changeling
