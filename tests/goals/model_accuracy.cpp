#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include <ATen/ATen.h>

#include "common/base/error.h"
#include "common/face/face_models.h"
#include "common/face/landmark_layout.h"
#include "common/media/image_codec.h"
#include "common/weights/model_manifest.h"
#include "tests/goals/goal_rows.h"
#include "tests/goals/pair_scores.h"

namespace changeling {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = 16;
constexpr std::size_t kStrangersPerIdentity = 4;

/// Both embeddings of one face.
struct Identity {
  at::Tensor id512;
  at::Tensor id128;
};

/// The networks of the face chain.
struct FaceNets {
  explicit FaceNets(const fs::path& models_dir)
      : detector(open(models_dir, "det_rfb320")),
        landmarks(open(models_dir, "lmk68")),
        pose(open(models_dir, "pose66")),
        id512(open(models_dir, "id512")),
        id128(DlibResNet(imported_model_path(models_dir, "id128_dlib"))) {}

  [[nodiscard]] std::vector<Identity> identities(const std::vector<Frame>& frames,
                                                 const std::vector<Landmarks>& points) const {
    std::vector<std::size_t> own(frames.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      own[i] = i;
    }
    std::vector<Identity> result;
    if (!frames.empty()) {
      const at::Tensor first = id512.embed(frames, own, points);
      const at::Tensor second = id128.embed(frames, own, points);
      for (std::size_t i = 0; i < frames.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        result.push_back({first[row].clone(), second[row].clone()});
      }
    }
    return result;
  }

  FaceDetector detector;
  LandmarkEstimator landmarks;
  PoseEstimator pose;
  IdentityEmbedder id512;
  IndependentIdentityEmbedder id128;

 private:
  static GraphNet open(const fs::path& models_dir, const std::string& id) {
    return GraphNet(imported_model_path(models_dir, id));
  }
};

/// Scores of the two embeddings for the same pairs; distances are negated into similarities.
struct IdentityScores {
  PairScores id512;
  PairScores id128;

  void add(const Identity& a, const Identity& b, bool same_person) {
    const double cosine = (a.id512 * b.id512).sum().item<double>();
    const double distance = (a.id128 - b.id128).norm().item<double>();
    (same_person ? id512.same : id512.different).push_back(cosine);
    (same_person ? id128.same : id128.different).push_back(-distance);
  }
};

// ---- ytf_p1: detector, landmarks, identity over videos ----

struct LabelledFrame {
  std::string name;  ///< First_Last_VF.jpg
  Landmarks points;

  [[nodiscard]] std::string person() const { return name.substr(0, name.size() - 7); }

  [[nodiscard]] char video() const { return name[name.size() - 6]; }
};

std::vector<LabelledFrame> read_labels(const fs::path& csv) {
  std::ifstream file(csv);
  std::string line;
  std::getline(file, line);  // header
  std::vector<LabelledFrame> frames;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    LabelledFrame frame;
    std::getline(cells, frame.name, ',');
    std::vector<float> values;
    for (std::string cell; std::getline(cells, cell, ',');) {
      values.push_back(std::stof(cell));
    }
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
      frame.points.push_back({values[i], values[i + 1]});
    }
    if (frame.points.size() != 68) {
      throw Error(ErrorKind::kInput,
                  "'" + csv.string() + "': '" + frame.name + "' has no 68 points");
    }
    frames.push_back(std::move(frame));
  }
  std::sort(frames.begin(), frames.end(),
            [](const LabelledFrame& a, const LabelledFrame& b) { return a.name < b.name; });
  return frames;
}

/// The detection that overlaps the labelled box most; the flag of the first wins ties.
std::optional<BBox> best_box(const std::vector<FaceDetection>& detections, const BBox& truth) {
  std::optional<BBox> best;
  for (const FaceDetection& detection : detections) {
    if (!best || iou(detection.bbox_px, truth) > iou(*best, truth)) {
      best = detection.bbox_px;
    }
  }
  return best;
}

struct YtfResult {
  std::size_t frames = 0;
  std::size_t above_04 = 0;
  std::size_t above_05 = 0;
  std::vector<double> errors;                                    ///< one per detected frame
  std::map<std::string, std::map<char, Identity>> first_frames;  ///< person -> video -> face
};

void measure_ytf_chunk(const FaceNets& nets, const fs::path& folder,
                       const std::vector<LabelledFrame>& labels, YtfResult& result) {
  std::vector<Frame> frames;
  for (const LabelledFrame& label : labels) {
    frames.push_back(read_image(folder / label.name));
  }
  const auto detections = nets.detector.detect(frames);
  std::vector<FaceRegion> regions;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const BBox truth = bounding_box(labels[i].points);
    if (const auto box = best_box(detections[i], truth)) {
      result.above_04 += iou(*box, truth) > 0.4F ? 1 : 0;
      result.above_05 += iou(*box, truth) > 0.5F ? 1 : 0;
      regions.push_back({i, *box});
    }
  }
  result.frames += labels.size();
  const std::vector<Landmarks> points = nets.landmarks.from_detections(frames, regions);
  std::vector<Frame> first_frames;
  std::vector<Landmarks> first_points;
  std::vector<const LabelledFrame*> first_labels;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const LabelledFrame& label = labels[regions[i].frame];
    result.errors.push_back(landmark_error_percent(points[i], label.points) / 100);
    if (label.name[label.name.size() - 5] == '0') {  // the first of the video's three
      first_frames.push_back(frames[regions[i].frame]);
      first_points.push_back(points[i]);
      first_labels.push_back(&label);
    }
  }
  const std::vector<Identity> identities = nets.identities(first_frames, first_points);
  for (std::size_t i = 0; i < identities.size(); ++i) {
    result.first_frames[first_labels[i]->person()].emplace(first_labels[i]->video(), identities[i]);
  }
}

YtfResult measure_ytf(const FaceNets& nets, const fs::path& folder) {
  const std::vector<LabelledFrame> labels = read_labels(folder / "training_frames_keypoints.csv");
  YtfResult result;
  for (std::size_t first = 0; first < labels.size(); first += kChunk) {
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(first);
    const auto count = static_cast<std::ptrdiff_t>(std::min(kChunk, labels.size() - first));
    measure_ytf_chunk(nets, folder, {begin, begin + count}, result);
  }
  return result;
}

/// All pairs of an identity's videos; each identity's first video against those of the next four
/// identities.
IdentityScores score_videos(const YtfResult& result) {
  std::vector<const std::map<char, Identity>*> people;
  for (const auto& person : result.first_frames) {
    people.push_back(&person.second);
  }
  IdentityScores scores;
  for (std::size_t i = 0; i < people.size(); ++i) {
    for (auto a = people[i]->begin(); a != people[i]->end(); ++a) {
      for (auto b = std::next(a); b != people[i]->end(); ++b) {
        scores.add(a->second, b->second, true);
      }
    }
    for (std::size_t next = 1; next <= kStrangersPerIdentity; ++next) {
      const auto& stranger = *people[(i + next) % people.size()];
      scores.add(people[i]->begin()->second, stranger.begin()->second, false);
    }
  }
  return scores;
}

void add_ytf_rows(const FaceNets& nets, const fs::path& folder, std::vector<GoalRow>& rows) {
  const YtfResult result = measure_ytf(nets, folder);
  const auto frames = static_cast<double>(result.frames);
  double error = 0;
  for (const double one : result.errors) {
    error += one / static_cast<double>(result.errors.size());
  }
  const IdentityScores scores = score_videos(result);
  rows.push_back(
      {"det_rfb320 recall, IoU > .4", static_cast<double>(result.above_04) / frames, .990});
  rows.push_back(
      {"det_rfb320 recall, IoU > .5", static_cast<double>(result.above_05) / frames, .973});
  rows.push_back({"lmk68 mean error by the eye distance", error, .063, true});
  rows.push_back({"id512 video accuracy at cosine .20", scores.id512.accuracy(.20), .935});
  rows.push_back({"id512 video AUC", scores.id512.auc(), .977});
  rows.push_back({"id128_dlib video accuracy at distance .66", scores.id128.accuracy(-.66), .934});
}

// ---- lfw_gray: identity on tight grey crops ----

/// Landmarks on the whole square: the box whose crop (centre .10 heights lower) is the picture
/// itself.
std::vector<Landmarks> whole_image_landmarks(const FaceNets& nets,
                                             const std::vector<Frame>& frames) {
  std::vector<FaceRegion> regions;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto side = static_cast<float>(frames[i].height_px());
    regions.push_back({i, {0, -0.1F * side, side, side}});
  }
  return nets.landmarks.from_detections(frames, regions);
}

void add_lfw_rows(const FaceNets& nets, const fs::path& folder, std::vector<GoalRow>& rows) {
  std::map<std::string, std::vector<fs::path>> people;
  for (const auto& file : fs::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    if (file.path().extension() == ".jpg") {
      people[name.substr(0, name.size() - 9)].push_back(file.path());
    }
  }
  std::vector<Identity> identities;  // image 1, image 2 of each person in turn
  std::vector<Frame> frames;
  const auto flush = [&] {
    const auto found = nets.identities(frames, whole_image_landmarks(nets, frames));
    identities.insert(identities.end(), found.begin(), found.end());
    frames.clear();
  };
  for (auto& [person, files] : people) {
    std::sort(files.begin(), files.end());
    frames.push_back(read_image(files.at(0)));
    frames.push_back(read_image(files.at(1)));
    if (frames.size() >= kChunk) {
      flush();
    }
  }
  if (!frames.empty()) {
    flush();
  }
  IdentityScores scores;
  for (std::size_t i = 0; i < identities.size(); i += 2) {
    scores.add(identities[i], identities[i + 1], true);
    scores.add(identities[i], identities[(i + 3) % identities.size()], false);
  }
  rows.push_back({"id512 still accuracy at cosine .32", scores.id512.accuracy(.32), .983});
  rows.push_back({"id512 still AUC", scores.id512.auc(), .993});
  rows.push_back(
      {"id128_dlib still accuracy at distance .605", scores.id128.accuracy(-.605), .975});
}

// ---- fasseg: pose ----

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto values = static_cast<std::int64_t>(a.size());
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const at::Tensor x = at::tensor(a, options) - at::tensor(a, options).sum() / values;
  const at::Tensor y = at::tensor(b, options) - at::tensor(b, options).sum() / values;
  return ((x * y).sum() / (x.norm() * y.norm())).item<double>();
}

/// Each picture of the set shows one face that fills it: the largest detection, at least a quarter
/// of the picture high. Smaller ones are the detector's mistakes, which the recall rows count.
std::optional<BBox> filling_box(const std::vector<FaceDetection>& detections, const Frame& frame) {
  std::optional<BBox> largest;
  for (const FaceDetection& detection : detections) {
    if (!largest || detection.bbox_px.area() > largest->area()) {
      largest = detection.bbox_px;
    }
  }
  const float least = 0.25F * static_cast<float>(frame.height_px());
  return largest && largest->height >= least ? largest : std::nullopt;
}

/// Yaw in the net's sign (the image's left), after two looks at the landmarks as in face analysis.
std::optional<double> measure_yaw(const FaceNets& nets, const fs::path& file) {
  const std::vector<Frame> frame = {read_image(file)};
  const auto box = filling_box(nets.detector.detect(frame).front(), frame.front());
  if (!box) {
    return std::nullopt;
  }
  const auto first = nets.landmarks.from_detections(frame, {{0, *box}});
  const auto points = nets.landmarks.from_landmarks(frame, {0}, first);
  return -nets.pose.estimate(frame, {0}, points).front().yaw_deg;
}

void add_pose_rows(const FaceNets& nets, const fs::path& folder, std::vector<GoalRow>& rows) {
  const std::regex name_form("multipose01_.*_yaw([+-]?[0-9]+)_.*\\.jpg");
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(folder)) {
    files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<double> labelled;
  std::vector<double> found;
  for (const fs::path& file : files) {
    std::smatch match;
    const std::string name = file.filename().string();
    if (!std::regex_match(name, match, name_form)) {
      continue;
    }
    if (const std::optional<double> yaw = measure_yaw(nets, file)) {
      labelled.push_back(std::stod(match[1].str()));
      found.push_back(*yaw);
    }
  }
  rows.push_back({"pose66 faces found of 278", static_cast<double>(found.size()), 250});
  rows.push_back({"pose66 correlation with labelled yaw", correlation(labelled, found), .98});
}

}  // namespace

std::vector<GoalRow> measure_accuracy(const fs::path& models_dir, const fs::path& data_dir) {
  const FaceNets nets(models_dir);
  std::vector<GoalRow> rows;
  add_ytf_rows(nets, data_dir / "ytf_p1", rows);
  add_lfw_rows(nets, data_dir / "lfw_gray", rows);
  add_pose_rows(nets, data_dir / "fasseg", rows);
  return rows;
}

}  // namespace changeling
