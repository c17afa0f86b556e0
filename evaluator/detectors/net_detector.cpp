// Detectors that are networks.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <c10/core/GradMode.h>
#include <torch/optim/adam.h>

#include "common/base/error.h"
#include "common/base/rng.h"
#include "common/base/stop_signal.h"
#include "common/nets/tensor_file.h"
#include "evaluator/detectors/detector_nets.h"
#include "evaluator/detectors/detector_parts.h"

namespace changeling {
namespace {

constexpr std::int64_t kScoreBatch = 16;
constexpr const char* kWidth = "width";
constexpr const char* kResolution = "resolution_px";

class NetDetector : public Detector {
 public:
  NetDetector(DetectorKind kind, int width, int resolution_px, std::shared_ptr<DetectorNet> net)
      : kind_(kind), width_(width), resolution_px_(resolution_px), net_(std::move(net)) {
    net_->set_training(false);
  }

  [[nodiscard]] DetectorKind kind() const override { return kind_; }

  [[nodiscard]] int resolution_px() const override { return resolution_px_; }

  [[nodiscard]] std::vector<double> score(const at::Tensor& images) const override {
    const c10::NoGradGuard no_grad;
    std::vector<double> scores;
    for (std::int64_t first = 0; first < images.size(0); first += kScoreBatch) {
      const at::Tensor part = images.slice(0, first, std::min(images.size(0), first + kScoreBatch));
      const at::Tensor p = at::sigmoid(net_->forward(to_input(part))).to(at::kDouble).contiguous();
      scores.insert(scores.end(), p.data_ptr<double>(), p.data_ptr<double>() + p.numel());
    }
    return scores;
  }

  [[nodiscard]] std::string serialize() const override {
    return detector_file(kind_, {{kWidth, width_}, {kResolution, resolution_px_}}, net_->tensors());
  }

 private:
  DetectorKind kind_;
  int width_, resolution_px_;
  std::shared_ptr<DetectorNet> net_;
};

/// A training from its first step to its last.
class NetFit {
 public:
  NetFit(const CropSet& train, const CropSet& validation, const DetectorFitOptions& options)
      : train_(train),
        validation_(validation),
        options_(options),
        drawer_(train),
        width_(options.width == 0 ? full_width(options.kind) : options.width),
        resolution_px_(static_cast<int>(train.images.size(1))) {
    torch::manual_seed(derive_seed(options.seed, {"detector"}));
    net_ = make_detector_net(options.kind, width_, resolution_px_);
    adam_ = std::make_unique<torch::optim::Adam>(net_->parameters(),
                                                 torch::optim::AdamOptions(options.learning_rate));
  }

  DetectorFit run(const DetectorFitHooks& hooks) {
    double best = std::numeric_limits<double>::max();
    std::string kept;
    DetectorFit result;
    result.was_selected = validation_.size() > 0;
    for (std::int64_t step = 1; step <= options_.steps; ++step) {
      if (hooks.stop_requested && hooks.stop_requested()) {
        throw_stopped();
      }
      const double loss = train_step(step);
      if (hooks.on_progress) {
        hooks.on_progress(step, loss);
      }
      const bool is_due = step == options_.steps || step % options_.validate_every == 0;
      if (result.was_selected && is_due) {
        const double now = validate();
        if (now < best) {
          best = now;
          kept = snapshot();
          result.steps = step;
        }
      }
    }
    if (!result.was_selected) {
      kept = snapshot();
      result.steps = options_.steps;
    }
    CHANGELING_REQUIRE(!kept.empty(), "the validation loss was never a number");
    result.validation = result.was_selected ? best : 0;
    result.detector = read_detector(kept, "training");
    return result;
  }

 private:
  double train_step(std::int64_t step) {
    const std::uint64_t key = derive_seed(options_.seed, {"step", std::to_string(step)});
    const std::vector<std::int64_t> rows = drawer_.draw(options_.batch, key);
    at::Tensor images = to_input(train_.images.index_select(0, at::tensor(rows, at::kLong)));
    at::Tensor truth = at::empty({options_.batch}, at::kFloat);
    CounterRng rng(derive_seed(key, {"mirror"}));
    for (std::int64_t i = 0; i < options_.batch; ++i) {
      truth[i] = train_.is_fake[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])];
      if (rng.uniform() < 0.5) {
        images[i] = images[i].flip({2});
      }
    }
    net_->set_training(true);
    adam_->zero_grad();
    torch::manual_seed(derive_seed(key, {"dropout"}));
    const at::Tensor loss = at::binary_cross_entropy_with_logits(net_->forward(images), truth);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw Error(ErrorKind::kInternal, "the loss of step " + std::to_string(step) +
                                            " is not finite (use a lower learning rate)");
    }
    loss.backward();
    adam_->step();
    return value;
  }

  double validate() { return clip_log_loss(validation_, as_detector().score(validation_.images)); }

  std::string snapshot() { return as_detector().serialize(); }

  NetDetector as_detector() { return {options_.kind, width_, resolution_px_, net_}; }

  const CropSet& train_;
  const CropSet& validation_;
  const DetectorFitOptions& options_;
  CropDrawer drawer_;
  int width_, resolution_px_;
  std::shared_ptr<DetectorNet> net_;
  std::unique_ptr<torch::optim::Adam> adam_;
};

}  // namespace

DetectorFit fit_net(const CropSet& train, const CropSet& validation,
                    const DetectorFitOptions& options, const DetectorFitHooks& hooks) {
  return NetFit(train, validation, options).run(hooks);
}

std::unique_ptr<Detector> read_net(DetectorKind kind, const SafetensorsFile& file,
                                   const std::string& where) {
  const int width = metadata_int(file, kWidth, where);
  const int resolution_px = metadata_int(file, kResolution, where);
  std::shared_ptr<DetectorNet> net;
  try {
    net = make_detector_net(kind, width, resolution_px);
  } catch (const Error& error) {
    throw Error(ErrorKind::kModel, "detector '" + where + "': " + error.what());
  }
  const c10::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> wanted = net->tensors();
  for (const TensorView& view : file.tensors()) {
    const auto found = wanted.find(view.name);
    if (found == wanted.end() || found->second.sizes() != at::IntArrayRef(view.shape)) {
      throw Error(ErrorKind::kModel,
                  "detector '" + where + "': tensor '" + view.name + "' does not fit its kind");
    }
    const at::Tensor stored = to_tensor(view).to(at::kFloat);
    if (!at::isfinite(stored).all().item<bool>()) {
      throw Error(ErrorKind::kModel,
                  "detector '" + where + "': tensor '" + view.name + "' is not finite");
    }
    found->second.copy_(stored);
    wanted.erase(found);
  }
  if (!wanted.empty()) {
    throw Error(ErrorKind::kModel,
                "detector '" + where + "': tensor '" + wanted.begin()->first + "' is missing");
  }
  return std::make_unique<NetDetector>(kind, width, resolution_px, std::move(net));
}

}  // namespace changeling
