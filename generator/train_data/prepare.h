// generator/train_data/prepare.h: registered corpora -> frame packs to train on, people apart as a
// frozen split says. Layer 6. Compute thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "common/packs/frame_set.h"
#include "generator/train_data/crop_maker.h"
#include "generator/train_data/face_finder.h"
#include "generator/train_data/frame_choice.h"

namespace changeling {

struct PrepareOptions {
  std::vector<std::string> corpora;  ///< names; empty = all that have people in the split
  std::string split;
  std::filesystem::path out;  ///< folder of the frame set
  std::filesystem::path models_dir;
  int resolution_px = 128;
  double crop_scale = 1.2;
  LandmarkSource landmarks = LandmarkSource::kNetwork;
  MaskChoice masks = MaskChoice::kHull;
  double min_face_px = 48;  ///< height of the face box
  double min_sharpness = 0;
  double min_mask_share = 0.05;  ///< face pixels / pixels of the crop
  std::int64_t min_frames = 1;   ///< of a sequence
  FrameChoice frames;
  bool dry_run = false;  ///< say what the catalog tells already, read no picture, write nothing
  std::chrono::seconds save_every{120};                  ///< how much of the work a kill may cost
  std::function<bool()> stop_requested;                  ///< asked between sequences
  std::function<void(std::int64_t sequences)> on_begin;  ///< how many are to be looked at
  std::function<void()> on_medium;                       ///< after each of them
};

struct PartStatistics {
  std::int64_t people = 0;
  std::int64_t videos = 0;
  std::int64_t sequences = 0;
  std::int64_t frames = 0;
  std::int64_t longest_sequence = 0;
  double median_face_px = 0;  ///< height of the face boxes; 0 = none is known
};

/// Of a dry run: `set` is empty, `parts` counts what would be read (all stills and frames of frame
/// sequences, the chosen frames of videos), the heights are of faces in videos, and `left_out`
/// lacks what pictures tell and what labels and too few frames of stills and frame sequences leave
/// out.
struct PrepareResult {
  FrameSet set;
  std::map<std::string, PartStatistics> parts;
  std::map<LeftOut, std::int64_t> left_out;
  /// No set was written; one that the folder held before is whole. The next call goes on.
  bool stopped = false;
};

/// Reads media of people in the split, stills, frame sequences and analysed videos, and writes a
/// frame set. Equal catalogs and options give equal packs. Files that cannot be used are counted,
/// never an error. After a stop or a kill a call with equal catalog, options, networks and
/// program goes on: it looks at the rest only, and result and packs are those of an unbroken run.
/// Throws Error(kConfig) for an unknown split or corpus, Error(kInput) when no crop
/// remains, Error(kModel) when a network is missing, Error(kResource) when the disk is full.
[[nodiscard]] PrepareResult prepare_frames(Database& database, const PrepareOptions& options);

}  // namespace changeling
