#include "generator/train/fit_options.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <ATen/Parallel.h>

#include "common/base/error.h"
#include "generator/methods/fsgan/input_prior.h"

namespace changeling {
namespace {

std::string joined(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(number);
  }
  return text;
}

}  // namespace

void require_usable(const FitOptions& options) {
  CHANGELING_REQUIRE(options.steps > 0 && options.batch > 0 && options.validate_every > 0 &&
                         options.checkpoint_every > 0 && options.halve_every > 0,
                     "a training needs steps, a batch and intervals > 0");
  if (options.base_steps >= options.steps) {  // nothing would be validated, and no weights kept
    throw Error(ErrorKind::kConfig, "the base stage has " + std::to_string(options.base_steps) +
                                        " of " + std::to_string(options.steps) +
                                        " steps; the network needs some at full resolution");
  }
}

std::string setting_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

double adversarial_weight_at(std::int64_t step, const FitOptions& options) {
  const double done =
      options.adversarial_warmup > 0
          ? static_cast<double>(step + 1) / static_cast<double>(options.adversarial_warmup)
          : 1.0;
  return options.adversarial * std::min(1.0, done);
}

double learning_rate_at(std::int64_t step, double rate, const FitOptions& options) {
  const bool is_base = step < options.base_steps;
  std::int64_t first = 0;  // of what the schedule spans, and where that ends
  std::int64_t end = options.steps;
  if (options.restarts_schedule) {
    (is_base ? end : first) = options.base_steps;
  }
  const auto at = static_cast<double>(step - first);
  double factor = options.base_steps == 0 || is_base ? 1 : options.full_rate;
  if (options.warmup_steps > 0) {
    factor *= std::min(1.0, (at + 1) / static_cast<double>(options.warmup_steps));
  }
  if (options.schedule == Schedule::kCosine) {
    const double done = at / static_cast<double>(end - first);
    return rate * factor * 0.5 * (1 + std::cos(std::acos(-1.0) * done));
  }
  return rate * factor * std::pow(0.5, static_cast<double>((step - first) / options.halve_every));
}

std::string precision_name(Compute compute) {
  return compute == Compute::kBFloat16 ? "bf16" : "fp32";
}

std::map<std::string, std::string> option_texts(const NetInfo& info, const FitOptions& options) {
  const std::string prior = prior_of(info);
  std::map<std::string, std::string> text = {
      {"role", info.role},
      {"ngf", std::to_string(info.ngf)},
      {"prior", prior.empty() ? "none" : prior},
      {"shape", std::to_string(info.in) + " in, " + joined(info.out) + " out"},
      {"device", options.device.is_cuda() ? "cuda" : "cpu"},
      {"resolution_px", std::to_string(info.resolution_px)},
      {"steps", std::to_string(options.steps)},
      {"base_steps", std::to_string(options.base_steps)},
      {"batch", std::to_string(options.batch)},
      {"learning_rate", setting_text(options.learning_rate)},
      {"discriminator_rate", setting_text(options.discriminator_rate)},
      {"schedule", options.schedule == Schedule::kCosine ? "cosine" : "halving"},
      {"halve_every", std::to_string(options.halve_every)},
      {"warmup_steps", std::to_string(options.warmup_steps)},
      {"stage_schedule", options.restarts_schedule ? "restart" : "whole"},
      {"full_rate", setting_text(options.full_rate)},
      {"adversarial", setting_text(options.adversarial)},
      {"seed", std::to_string(options.seed)},
      {"adversarial_warmup", std::to_string(options.adversarial_warmup)},
      {"compute", precision_name(options.compute)},
      {"trained_on", options.trained_on}};
  if (options.adversarial > 0) {
    text["ndf"] = std::to_string(options.ndf);
  }
  if (options.device.is_cpu()) {  // sums are split among them
    text["threads"] = std::to_string(at::get_num_threads());
  }
  for (const auto& [key, value] : options.recipe) {
    text["recipe." + key] = value;
  }
  return text;
}

void require_same_options(const std::map<std::string, std::string>& stored,
                          const std::map<std::string, std::string>& wanted) {
  for (const auto& [key, value] : wanted) {
    const auto found = stored.find(key);
    const std::string before = found == stored.end() ? "nothing" : found->second;
    if (before != value) {
      throw Error(ErrorKind::kConfig, "the checkpoint was made with " + key + " = " + before +
                                          ", now it is " + value +
                                          " (use another folder, or the same options)");
    }
  }
}

}  // namespace changeling
