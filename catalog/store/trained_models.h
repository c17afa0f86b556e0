// catalog/store/trained_models.h: which models a training of this catalog showed which clips; holds
// after the clips were erased, too. Layer 1.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/store/database.h"
#include "common/base/ids.h"

namespace changeling {

/// A model of a training run (kind `train`) and a set whose parts train and val it was fitted on or
/// chosen by. Networks that `train fit` made, imported ones and detectors of score files have no
/// such run.
struct TrainedModel {
  ModelId id;
  std::string role, name, version;
  std::string set;           ///< NAME@VERSION of a data set, else the id of a generate run
  bool is_data_set = false;  ///< false: a generate run

  /// "data set NAME@VERSION" or "run ID".
  [[nodiscard]] std::string words_for_set() const;
};

/// Those trained on one of the artifacts, by model and set; of trainings begun before `until`
/// (ISO-8601; nullopt = all).
[[nodiscard]] std::vector<TrainedModel> models_trained_on(const Database& database,
                                                          const std::set<ArtifactId>& artifacts,
                                                          const std::optional<std::string>& until);

/// The model once for every set that it was trained on and in whose clips for training somebody is
/// seen who was withdrawn since. Later trainings leave such clips out.
[[nodiscard]] std::vector<TrainedModel> withdrawn_trainings(const Database& database,
                                                            ModelId model);

}  // namespace changeling
