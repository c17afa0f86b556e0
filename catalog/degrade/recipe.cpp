#include "catalog/degrade/recipe.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/rng.h"

namespace changeling {
namespace {

using nlohmann::json;

struct StepKind {
  StepType type;
  const char* name;
  int least;
  int most;
  std::array<double, 5> strengths;  ///< of levels 1..5; unused elsewhere
};

// Strengths: DeeperForensics-1.0 (Jiang et al., CVPR 2020), its published perturbation code.
constexpr std::array<StepKind, 12> kKinds = {{
    {StepType::kH264, "X264", 0, 51, {}},
    {StepType::kH265, "X265", 0, 51, {}},
    {StepType::kAv1, "AV1", 0, 63, {}},
    {StepType::kSize, "SIZE", 16, 8192, {}},
    {StepType::kRate, "FPS", 1, 240, {}},
    {StepType::kJpeg, "JPEG", 1, 31, {}},
    {StepType::kSaturation, "CS", 1, 5, {0.4, 0.3, 0.2, 0.1, 0}},
    {StepType::kContrast, "CC", 1, 5, {0.85, 0.725, 0.6, 0.475, 0.35}},
    {StepType::kBlocks, "BW", 1, 5, {16, 32, 48, 64, 80}},
    {StepType::kNoise, "GNC", 1, 5, {0.001, 0.002, 0.005, 0.01, 0.05}},
    {StepType::kBlur, "GB", 1, 5, {7, 9, 13, 17, 21}},
    {StepType::kPixelate, "PX", 1, 5, {2, 3, 4, 5, 6}},
}};

const StepKind& kind_of(StepType type) {
  return *std::find_if(kKinds.begin(), kKinds.end(),
                       [type](const StepKind& kind) { return kind.type == type; });
}

[[noreturn]] void refuse(const std::string& profile, const std::string& what) {
  throw Error(ErrorKind::kConfig, "degradation profile '" + profile + "': " + what);
}

std::optional<int> parse_level(std::string_view text) {
  int level = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), level);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(level)
                                                                  : std::nullopt;
}

StepRange parse_step(const std::string& profile, const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                 [&name](const StepKind& each) { return name == each.name; });
  if (colon == std::string::npos || kind == kKinds.end()) {
    refuse(profile, "'" + text +
                        "' is no step TYPE:LEVEL (types: X264 X265 AV1 SIZE FPS JPEG CS "
                        "CC BW GNC GB PX)");
  }
  const std::string levels = text.substr(colon + 1);
  const std::size_t dash = levels.find('-');
  const std::optional<int> first = parse_level(levels.substr(0, dash));
  const std::optional<int> last =
      dash == std::string::npos ? first : parse_level(levels.substr(dash + 1));
  if (!first || !last || *first < kind->least || *last > kind->most || *first > *last) {
    refuse(profile, "the level of '" + text + "' must lie in " + std::to_string(kind->least) +
                        ".." + std::to_string(kind->most));
  }
  return {kind->type, *first, *last};
}

bool is_codec_type(StepType type) {
  return type == StepType::kH264 || type == StepType::kH265 || type == StepType::kAv1;
}

/// Frames shown at multiples of 1/fps after the first; empty where the times are those of the
/// clip's constant rate, or unknown.
std::vector<std::int64_t> picks_of(const ClipShape& clip, int fps,
                                   const std::vector<double>& times_seconds) {
  const double period =
      static_cast<double>(clip.frame_rate.denominator) / clip.frame_rate.numerator;
  double most = 0;
  for (std::size_t i = 0; i < times_seconds.size(); ++i) {
    most = std::max(
        most, std::abs(times_seconds[i] - times_seconds.front() - static_cast<double>(i) * period));
  }
  if (most < period / 4) {  // times are rounded to ticks of the container
    return {};
  }
  constexpr double kTick = 1e-6;
  std::vector<std::int64_t> picks;
  std::size_t shown = 0;
  for (std::int64_t i = 0;; ++i) {
    const double now = times_seconds.front() + static_cast<double>(i) / fps;
    if (now > times_seconds.back() + kTick) {
      return picks;
    }
    while (shown + 1 < times_seconds.size() && times_seconds[shown + 1] <= now + kTick) {
      ++shown;
    }
    picks.push_back(static_cast<std::int64_t>(shown));
  }
}

json shape_json(const ClipShape& shape) {
  return {{"width_px", shape.width_px},
          {"height_px", shape.height_px},
          {"fps", {shape.frame_rate.numerator, shape.frame_rate.denominator}},
          {"n_frames", shape.n_frames}};
}

ClipShape shape_of(const json& value) {
  ClipShape shape;
  value.at("width_px").get_to(shape.width_px);
  value.at("height_px").get_to(shape.height_px);
  value.at("fps").at(0).get_to(shape.frame_rate.numerator);
  value.at("fps").at(1).get_to(shape.frame_rate.denominator);
  value.at("n_frames").get_to(shape.n_frames);
  return shape;
}

json step_json(const Step& step) {
  const StepKind& kind = kind_of(step.type);
  json text = {{"type", kind.name}, {"level", step.level}, {"seed", step.seed}};
  json& params = text["params"] = json::object();
  if (step.is_codec()) {
    const EncodeOptions encode = encode_options(step);
    params = {{"codec", encode.codec}, {"crf", encode.crf}, {"gop_frames", encode.gop_frames}};
    if (encode.codec != "av1") {
      params["preset"] = encode.preset;
    }
  } else if (kind.most == 5) {
    params["strength"] = strength(step);
  }
  return text;
}

}  // namespace

bool Step::is_codec() const {
  return is_codec_type(type);
}

double strength(const Step& step) {
  const StepKind& kind = kind_of(step.type);
  CHANGELING_REQUIRE(kind.most == 5 && step.level >= 1 && step.level <= 5,
                     "only graded steps have a strength");
  return kind.strengths.at(static_cast<std::size_t>(step.level - 1));
}

std::string DegradationProfile::text() const {
  std::string text;
  for (const StepRange& step : steps) {
    text += (text.empty() ? "" : " ") + std::string(kind_of(step.type).name) + ":" +
            std::to_string(step.first) +
            (step.last > step.first ? "-" + std::to_string(step.last) : "");
  }
  return text;
}

DegradationProfile DegradationProfile::parse(const std::string& name, std::string_view text) {
  DegradationProfile profile;
  profile.name = name;
  const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_name) {
    refuse(name, "a name holds a-z, 0-9 and _ only");
  }
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    profile.steps.push_back(parse_step(name, word));
  }
  const auto rates = std::count_if(profile.steps.begin(), profile.steps.end(),
                                   [](const auto& step) { return step.type == StepType::kRate; });
  if (rates > 1) {
    refuse(name, "changes the frame rate more than once");
  }
  if (profile.steps.empty() || !is_codec_type(profile.steps.back().type)) {
    refuse(name, "must end with a codec (X264, X265 or AV1)");
  }
  return profile;
}

std::vector<Step> DegradationProfile::draw(std::uint64_t seed) const {
  CounterRng rng(derive_seed(seed, {"degrade", name}));
  std::vector<Step> drawn;
  for (const StepRange& range : steps) {
    Step step;
    step.type = range.type;
    const auto levels = static_cast<std::uint64_t>(range.last - range.first + 1);
    step.level = range.first + static_cast<int>(rng.below(levels));
    const std::uint64_t own = rng.next() >> 12U;  // JSON readers keep 53 bits
    step.seed = step.type == StepType::kNoise || step.type == StepType::kBlocks ? own : 0;
    drawn.push_back(step);
  }
  return drawn;
}

const std::vector<DegradationProfile>& builtin_profiles() {
  static const std::vector<DegradationProfile> profiles = [] {
    std::vector<DegradationProfile> list;
    for (const auto& [name, text] : std::vector<std::pair<const char*, const char*>>{
             {"c0", "X264:0"},
             {"c23", "X264:23"},
             {"c40", "X264:40"},
             {"x265", "X265:28"},
             {"av1", "AV1:35"},
             {"720p", "SIZE:720 X264:23"},
             {"480p", "SIZE:480 X264:23"},
             {"fps15", "FPS:15 X264:23"},
             {"jpeg", "JPEG:8 X264:23"},
             {"blur", "GB:1-3 X264:23"},
             {"noise", "GNC:1-3 X264:23"},
             {"color", "CS:1-3 CC:1-3 X264:23"},
             {"social", "SIZE:480 X264:28 X264:28"},
             {"hosting", "SIZE:720 X264:23 X264:28"},
             {"messenger", "SIZE:360 FPS:24 X264:33"},
             {"mixed", "CS:1-5 CC:1-5 BW:1-5 GNC:1-5 GB:1-5 PX:1-5 X264:30-40"},
         }) {
      list.push_back(DegradationProfile::parse(name, text));
    }
    return list;
  }();
  return profiles;
}

std::pair<int, int> resized(int width_px, int height_px, int shorter_px) {
  const int shorter = std::min(width_px, height_px);
  if (shorter <= shorter_px) {
    return {width_px, height_px};
  }
  const auto scaled = [&](int side) {
    const double exact = static_cast<double>(side) * shorter_px / shorter;
    return std::max(2, 2 * static_cast<int>(std::lround(exact / 2)));
  };
  return {scaled(width_px), scaled(height_px)};
}

std::int64_t ShapeChange::parent_frame(std::int64_t index) const {
  if (!picks.empty()) {
    return index < static_cast<std::int64_t>(picks.size()) ? picks[static_cast<std::size_t>(index)]
                                                           : from.n_frames;
  }
  // floor(index x rate before / rate after), exact.
  const std::int64_t numerator =
      std::int64_t{from.frame_rate.numerator} * to.frame_rate.denominator;
  const std::int64_t denominator =
      std::int64_t{from.frame_rate.denominator} * to.frame_rate.numerator;
  return index * numerator / denominator;
}

bool lowers_rate(const ClipShape& clip, const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [&clip](const Step& step) {
    return step.type == StepType::kRate && std::int64_t{step.level} * clip.frame_rate.denominator <
                                               std::int64_t{clip.frame_rate.numerator};
  });
}

ShapeChange change_of(const ClipShape& clip, const std::vector<Step>& steps,
                      const std::vector<double>& times_seconds) {
  ShapeChange change{clip, clip, {}};
  for (const Step& step : steps) {
    if (step.type == StepType::kSize) {
      std::tie(change.to.width_px, change.to.height_px) =
          resized(change.to.width_px, change.to.height_px, step.level);
    }
    if (lowers_rate(clip, {step})) {
      change.to.frame_rate = {step.level, 1};
      change.picks = picks_of(clip, step.level, times_seconds);
    }
  }
  change.to.n_frames = 0;
  while (change.parent_frame(change.to.n_frames) < clip.n_frames) {
    ++change.to.n_frames;
  }
  return change;
}

EncodeOptions encode_options(const Step& codec) {
  CHANGELING_REQUIRE(codec.is_codec(), "only codec steps encode");
  EncodeOptions options;
  options.codec = codec.type == StepType::kH264   ? "h264"
                  : codec.type == StepType::kH265 ? "h265"
                                                  : "av1";
  options.crf = codec.level;
  return options;
}

std::string recipe_json(const std::string& parent_profile, const DegradationProfile& profile,
                        const std::vector<Step>& steps, const ShapeChange& shape) {
  json list = json::array();
  for (const Step& step : steps) {
    list.push_back(step_json(step));
  }
  json recipe = {{"parent_profile", parent_profile}, {"profile", profile.name},
                 {"text", profile.text()},           {"steps", list},
                 {"from", shape_json(shape.from)},   {"to", shape_json(shape.to)}};
  if (!shape.picks.empty()) {
    recipe["picks"] = shape.picks;
  }
  return recipe.dump();
}

ShapeChange shape_from_recipe(const std::string& recipe) {
  try {
    const json text = json::parse(recipe);
    return {shape_of(text.at("from")), shape_of(text.at("to")),
            text.value("picks", std::vector<std::int64_t>())};
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kCatalog, std::string("a stored recipe is damaged: ") + error.what());
  }
}

}  // namespace changeling
