#include "tests/support/locked_outputs.h"

#include <cmath>

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "common/nets/dlib_resnet.h"
#include "common/nets/graph_net.h"
#include "common/weights/model_manifest.h"
#include "tests/support/net_oracle.h"

namespace changeling {
namespace {

using Figures = std::vector<LockedFigure>;

double sum_of(const at::Tensor& values) {
  return values.sum(at::kDouble).item<double>();
}

double norm_of(const at::Tensor& values) {
  return values.to(at::kDouble).norm().item<double>();
}

double value_at(const at::Tensor& values, std::int64_t index) {
  return values.flatten()[index].item<double>();
}

at::Tensor pattern_input(const std::string& id) {
  const auto& shape = ModelManifest::builtin().find(id).input_shape;
  return net_input(id, pattern_frame(static_cast<int>(shape[3]), static_cast<int>(shape[2])),
                   id == "lmk68");
}

void add_detector(const GraphNet& net, Figures& figures) {
  const auto outputs = net.run(pattern_input("det_rfb320"));
  const at::Tensor faces = outputs.at("scores")[0].select(1, 1);
  figures.push_back({"det_rfb320 score sum", 249.8158, sum_of(faces)});
  figures.push_back({"det_rfb320 score norm", 3.99024, norm_of(faces)});
  figures.push_back({"det_rfb320 score maximum", .59607, faces.max().item<double>()});
  figures.push_back({"det_rfb320 score place", 4385, faces.argmax().item<double>()});
  figures.push_back({"det_rfb320 box sum", 8826.711, sum_of(outputs.at("boxes"))});
}

void add_first(const std::string& name, const at::Tensor& values,
               const std::vector<double>& expected, Figures& figures) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    figures.push_back({name + " value " + std::to_string(i), expected[i],
                       value_at(values, static_cast<std::int64_t>(i))});
  }
}

void add_vector(const std::string& name, const at::Tensor& values, double expected_sum,
                double expected_norm, const std::vector<double>& first, Figures& figures) {
  figures.push_back({name + " sum", expected_sum, sum_of(values)});
  figures.push_back({name + " norm", expected_norm, norm_of(values)});
  add_first(name, values, first, figures);
}

void add_pose(const GraphNet& net, Figures& figures) {
  const auto outputs = net.run(pattern_input("pose66"));
  const std::vector<std::string> names = {"output", "617", "618"};
  const std::vector<std::string> angles = {"yaw", "pitch", "roll"};
  const std::vector<double> norms = {39.09396, 47.48446, 38.43121};
  const std::vector<double> degrees = {59.0785, -29.9965, -4.9791};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const at::Tensor logits = outputs.at(names[i]).to(at::kDouble);
    const at::Tensor bins = at::arange(66, logits.options());
    const double angle = 3 * (at::softmax(logits, 1) * bins).sum().item<double>() - 99;
    figures.push_back({"pose66 logit norm, " + angles[i], norms[i], norm_of(logits)});
    figures.push_back({"pose66 raw " + angles[i], degrees[i], angle});
  }
}

void add_features(const GraphNet& net, Figures& figures) {
  const std::string pooled = "1159";  // the output of GlobalAveragePool
  const auto outputs = net.run(pattern_input("feat_dn121x"), {pooled});
  add_first("feat_dn121x logits", outputs.at("output"), {-.97252, -2.68760, -.26132, 2.33346},
            figures);
  const at::Tensor& feature = outputs.at(pooled);
  add_vector("feat_dn121x feature", feature, 364.0274, 34.8293, {}, figures);
  figures.push_back({"feat_dn121x feature maximum", 12.7302, feature.max().item<double>()});
  figures.push_back({"feat_dn121x feature place", 573, feature.argmax().item<double>()});
}

}  // namespace

bool LockedFigure::holds() const {
  return std::abs(measured - expected) <= 1e-3 * std::abs(expected) + 1e-4;
}

std::vector<LockedFigure> measure_locked_outputs(const std::filesystem::path& models_dir) {
  const c10::InferenceMode inference;
  const auto net = [&](const std::string& id) {
    return GraphNet(imported_model_path(models_dir, id));
  };
  Figures figures;
  add_detector(net("det_rfb320"), figures);
  add_vector("lmk68", net("lmk68").run(pattern_input("lmk68")).at("output"), 80.49477, 7.03778,
             {.28886, .56414, .32338, .62789}, figures);
  add_vector("id512", net("id512").run(pattern_input("id512")).at("output"), -1.27138, 1.87365,
             {-.02789, -.05827, .04614, -.01676}, figures);
  add_pose(net("pose66"), figures);
  add_features(net("feat_dn121x"), figures);
  const DlibResNet dlib(imported_model_path(models_dir, "id128_dlib"));
  add_vector("id128_dlib", dlib.run(pattern_input("id128_dlib")), -.60567, 1.28232,
             {-.042679, .118712, .058521, -.003608}, figures);
  const at::Tensor inception = net("feat_iv3n").run(pattern_input("feat_iv3n")).at("output");
  add_vector("feat_iv3n", inception, 9.3252, 1.3630, {.185861, 0, .068039}, figures);
  figures.push_back({"feat_iv3n maximum", .557019, inception.max().item<double>()});
  figures.push_back({"feat_iv3n place", 292, inception.argmax().item<double>()});
  return figures;
}

}  // namespace changeling
