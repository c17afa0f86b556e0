#include "generator/train/fit_task.h"

#include <map>
#include <memory>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "generator/train/curve_file.h"
#include "generator/train/load_faces.h"

namespace changeling {
namespace {

std::vector<FrameSet> open_sets(const FitSettings& settings) {
  if (settings.packs.empty()) {
    throw Error(ErrorKind::kConfig, "a training needs a frame set (changeling train prepare)");
  }
  std::vector<FrameSet> sets;
  for (const std::filesystem::path& path : settings.packs) {
    sets.push_back(open_frame_set(path));
  }
  return sets;
}

/// "ytf (270 people, catalog split 'main': ..., set 0123..)"; several sets joined by "; ".
std::string origin_of(const std::vector<FrameSet>& sets) {
  std::string text;
  for (const FrameSet& set : sets) {
    std::set<std::string> people;
    for (const FrameSetEntry& pack : set.packs) {
      if (pack.part == "train") {
        people.insert(pack.subjects.begin(), pack.subjects.end());
      }
    }
    std::string corpora;
    for (const PackTerms& terms : set.terms) {
      corpora += (corpora.empty() ? "" : ", ") + terms.corpus;
    }
    text += (text.empty() ? "" : "; ") + corpora + " (" + std::to_string(people.size()) +
            " people, " + set.split + ", set " + set.sha256.hex() + ")";
  }
  return text;
}

/// The licences of what the weights were made from.
std::string licence_of(const std::vector<FrameSet>& sets) {
  std::set<std::string> licences;
  bool is_restricted = false;
  for (const FrameSet& set : sets) {
    for (const PackTerms& terms : set.terms) {
      licences.insert(terms.licence);
      is_restricted = is_restricted || !terms.redistributable;
    }
  }
  std::string text;
  for (const std::string& licence : licences) {
    text += (text.empty() ? "" : "; ") + licence;
  }
  return is_restricted ? "research only, not redistributable (" + text + ")" : text;
}

std::shared_ptr<const PerceptualNet> make_perception(const FitSettings& settings) {
  switch (settings.perception) {
    case Perception::kNone:
      return nullptr;
    case Perception::kIdentity:
      return make_identity_perception(settings.models_dir, settings.fit.device);
    case Perception::kVgg:
      break;
  }
  return make_vgg_perception(read_net_weights(settings.vgg_weights), settings.fit.device);
}

std::unique_ptr<Recipe> make_recipe(const FitSettings& settings,
                                    const std::vector<FrameSet>& sets) {
  FaceSet train = load_faces(sets, "train");
  FaceSet validation = load_faces(sets, "val");
  if (settings.net == TrainedNet::kSegmentation) {
    return make_segmentation_recipe(std::move(train), std::move(validation), settings.segmentation);
  }
  return make_reenactment_recipe(std::move(train), std::move(validation), make_perception(settings),
                                 settings.reenactment);
}

}  // namespace

std::string_view to_string(TrainedNet net) {
  return net == TrainedNet::kSegmentation ? "segmentation" : "reenactment";
}

FitResult run_fit(const FitSettings& settings, const FitHooks& hooks) {
  const std::vector<FrameSet> sets = open_sets(settings);
  const std::unique_ptr<Recipe> recipe = make_recipe(settings, sets);
  FitOptions options = settings.fit;
  options.trained_on = origin_of(sets);
  options.licence = licence_of(sets);
  CurveFile curve(settings.out / "curve.csv");
  FitHooks all = hooks;
  all.on_progress = [&](const FitProgress& progress) {
    curve.add(progress);
    if (hooks.on_progress) {
      hooks.on_progress(progress);
    }
  };
  return fit(*recipe, options, settings.out, all);
}

}  // namespace changeling
