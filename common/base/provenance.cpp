#include "common/base/provenance.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "common/base/error.h"
#include "common/base/json_depth.h"
#include "common/base/licence.h"

namespace changeling {
namespace {

using nlohmann::json;

constexpr int kSchemaVersion = 1;

json input_to_json(const ProvenanceInput& input) {
  return {{"role", input.role},
          {"corpus", input.corpus},
          {"licence", input.licence},
          {"consent_basis", input.consent_basis},
          {"redistributable", input.redistributable},
          {"media_sha256", input.media_sha256.hex()},
          {"subject_key", input.subject_key},
          {"first_frame", input.first_frame},
          {"last_frame", input.last_frame}};
}

ProvenanceInput input_from_json(const json& value) {
  ProvenanceInput input;
  value.at("role").get_to(input.role);
  value.at("corpus").get_to(input.corpus);
  value.at("licence").get_to(input.licence);
  value.at("consent_basis").get_to(input.consent_basis);
  value.at("redistributable").get_to(input.redistributable);
  input.media_sha256 = Digest::from_hex(value.at("media_sha256").get<std::string>());
  value.at("subject_key").get_to(input.subject_key);
  value.at("first_frame").get_to(input.first_frame);
  value.at("last_frame").get_to(input.last_frame);
  return input;
}

json model_to_json(const ProvenanceModel& model) {
  return {{"role", model.role},
          {"name", model.name},
          {"version", model.version},
          {"sha256", model.sha256.hex()},
          {"licence", model.licence}};
}

ProvenanceModel model_from_json(const json& value) {
  ProvenanceModel model;
  value.at("role").get_to(model.role);
  value.at("name").get_to(model.name);
  value.at("version").get_to(model.version);
  model.sha256 = Digest::from_hex(value.at("sha256").get<std::string>());
  value.at("licence").get_to(model.licence);
  return model;
}

json provenance_to_value(const Provenance& provenance) {
  json inputs = json::array();
  for (const ProvenanceInput& input : provenance.inputs) {
    inputs.push_back(input_to_json(input));
  }
  json models = json::array();
  for (const ProvenanceModel& model : provenance.models) {
    models.push_back(model_to_json(model));
  }
  return {{"label", to_string(provenance.label)},
          {"method", provenance.method},
          {"digital_source_type", provenance.digital_source_type},
          {"job_key", provenance.job_key.hex()},
          {"config_sha256", provenance.config_sha256.hex()},
          {"seed", provenance.seed},
          {"git_commit", provenance.git_commit},
          {"git_dirty", provenance.git_dirty},
          {"versions", provenance.versions},
          {"redistributable", provenance.redistributable()},
          {"inputs", inputs},
          {"models", models}};
}

/// Four decimals: a number of a report, not of a computation.
json rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

/// An array, not an object: a clip has thousands of them.
json record_to_json(const FrameRecord& record) {
  json sources = json::array();
  for (const FrameSource& source : record.sources) {
    sources.push_back({source.frame_index, source.is_mirrored, rounded(source.weight)});
  }
  const BBox& box = record.box_px;
  const EulerPose& pose = record.pose_deg;
  return {record.frame_index,
          record.reason,
          record.flags,
          {rounded(box.x), rounded(box.y), rounded(box.width), rounded(box.height)},
          {rounded(pose.yaw_deg), rounded(pose.pitch_deg), rounded(pose.roll_deg)},
          rounded(record.pose_gap_deg),
          sources};
}

FrameRecord record_from_json(const json& value) {
  FrameRecord record;
  value.at(0).get_to(record.frame_index);
  value.at(1).get_to(record.reason);
  value.at(2).get_to(record.flags);
  const auto box = value.at(3).get<std::array<float, 4>>();
  record.box_px = {box[0], box[1], box[2], box[3]};
  const auto pose = value.at(4).get<std::array<float, 3>>();
  record.pose_deg = {pose[0], pose[1], pose[2]};
  value.at(5).get_to(record.pose_gap_deg);
  for (const json& source : value.at(6)) {
    record.sources.push_back(
        {source.at(0).get<std::int64_t>(), source.at(1).get<bool>(), source.at(2).get<double>()});
  }
  return record;
}

Provenance provenance_from_value(const json& value) {
  Provenance provenance(label_from_string(value.at("label").get<std::string>()));
  value.at("method").get_to(provenance.method);
  value.at("digital_source_type").get_to(provenance.digital_source_type);
  provenance.job_key = Digest::from_hex(value.at("job_key").get<std::string>());
  provenance.config_sha256 = Digest::from_hex(value.at("config_sha256").get<std::string>());
  value.at("seed").get_to(provenance.seed);
  value.at("git_commit").get_to(provenance.git_commit);
  value.at("git_dirty").get_to(provenance.git_dirty);
  value.at("versions").get_to(provenance.versions);
  for (const json& input : value.at("inputs")) {
    provenance.inputs.push_back(input_from_json(input));
  }
  for (const json& model : value.at("models")) {
    provenance.models.push_back(model_from_json(model));
  }
  return provenance;
}

std::vector<ManipulatedSpan> spans_from_json(const json& list) {
  constexpr std::int64_t kMostFrames = 1'000'000'000'000;
  std::vector<ManipulatedSpan> spans;
  std::int64_t next = 0;
  for (const json& value : list) {
    const ManipulatedSpan span{value.at(0).get<std::int64_t>(), value.at(1).get<std::int64_t>(),
                               frame_status_from_string(value.at(2).get<std::string>())};
    if (span.first_frame < next || span.last_frame < span.first_frame ||
        span.last_frame > kMostFrames) {
      throw Error(ErrorKind::kInput, "damaged provenance: the span " + value.dump() +
                                         " ends before it begins or before the one in front of it");
    }
    next = span.last_frame + 1;
    spans.push_back(span);
  }
  return spans;
}

/// Parses and checks the version; every JSON error becomes Error(kInput).
template <typename Fn>
auto parse_document(std::string_view text, Fn&& read) {
  refuse_deep_json(text, "damaged provenance: it");
  try {
    const json document = json::parse(text);
    const int version = document.at("schema_version").get<int>();
    if (version != kSchemaVersion) {
      throw Error(ErrorKind::kInput, "sidecar schema " + std::to_string(version) +
                                         " is not supported (expected " +
                                         std::to_string(kSchemaVersion) + ")");
    }
    return read(document);
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInput, std::string("damaged provenance: ") + error.what());
  }
}

}  // namespace

std::string_view to_string(Label label) {
  switch (label) {
    case Label::kFake:
      return "fake";
    case Label::kRealControl:
      return "real_control";
    case Label::kReal:
      break;
  }
  return "real";
}

Label label_from_string(std::string_view text) {
  for (const Label label : {Label::kFake, Label::kRealControl, Label::kReal}) {
    if (to_string(label) == text) {
      return label;
    }
  }
  throw Error(ErrorKind::kInput, "unknown label '" + std::string(text) + "'");
}

std::string_view to_string(FrameStatus status) {
  switch (status) {
    case FrameStatus::kSwapped:
      return "swapped";
    case FrameStatus::kPassthrough:
      return "passthrough";
    case FrameStatus::kFailed:
      break;
  }
  return "failed";
}

FrameStatus frame_status_from_string(std::string_view text) {
  for (const FrameStatus status :
       {FrameStatus::kSwapped, FrameStatus::kPassthrough, FrameStatus::kFailed}) {
    if (to_string(status) == text) {
      return status;
    }
  }
  throw Error(ErrorKind::kInput, "unknown frame status '" + std::string(text) + "'");
}

std::vector<ManipulatedSpan> to_spans(const std::vector<FrameStatus>& statuses) {
  std::vector<ManipulatedSpan> spans;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const auto frame = static_cast<std::int64_t>(i);
    if (spans.empty() || spans.back().status != statuses[i]) {
      spans.push_back({frame, frame, statuses[i]});
    } else {
      spans.back().last_frame = frame;
    }
  }
  return spans;
}

std::int64_t count_swapped(const std::vector<ManipulatedSpan>& spans) {
  std::int64_t count = 0;
  for (const ManipulatedSpan& span : spans) {
    count += span.status == FrameStatus::kSwapped ? span.last_frame - span.first_frame + 1 : 0;
  }
  return count;
}

bool is_swapped(const std::vector<ManipulatedSpan>& spans, std::int64_t frame) {
  return std::any_of(spans.begin(), spans.end(), [frame](const ManipulatedSpan& span) {
    return span.status == FrameStatus::kSwapped && span.first_frame <= frame &&
           frame <= span.last_frame;
  });
}

bool Provenance::redistributable() const {
  return !inputs.empty() &&
         std::all_of(inputs.begin(), inputs.end(),
                     [](const ProvenanceInput& input) { return input.redistributable; }) &&
         std::none_of(models.begin(), models.end(), [](const ProvenanceModel& model) {
           return forbids_redistribution(model.licence);
         });
}

const ProvenanceInput& input_of(const Sidecar& sidecar, std::string_view role) {
  const std::vector<ProvenanceInput>& inputs = sidecar.provenance.inputs;
  const auto found = std::find_if(inputs.begin(), inputs.end(),
                                  [role](const auto& input) { return input.role == role; });
  if (found == inputs.end()) {
    throw Error(ErrorKind::kCatalog, "the sidecar names no " + std::string(role));
  }
  return *found;
}

Provenance control_provenance(const Provenance& fake) {
  Provenance control = fake;
  control.label = Label::kRealControl;
  control.method.clear();
  control.digital_source_type.clear();  // how corpus footage was captured is not known
  control.models.clear();
  control.inputs.clear();
  std::copy_if(fake.inputs.begin(), fake.inputs.end(), std::back_inserter(control.inputs),
               [](const ProvenanceInput& input) { return input.role == "target"; });
  return control;
}

std::string to_json(const Provenance& provenance) {
  json document = provenance_to_value(provenance);
  document["schema_version"] = kSchemaVersion;
  return document.dump();
}

std::string to_json(const Sidecar& sidecar) {
  json outputs = json::array();
  for (const SidecarOutput& output : sidecar.outputs) {
    outputs.push_back({{"kind", output.kind},
                       {"label", output.label},
                       {"sha256", output.sha256.hex()},
                       {"stream_sha256", output.stream_sha256.hex()},
                       {"n_frames", output.n_frames}});
  }
  json spans = json::array();
  for (const ManipulatedSpan& span : sidecar.spans) {
    spans.push_back({span.first_frame, span.last_frame, to_string(span.status)});
  }
  json document = {{"schema_version", kSchemaVersion},
                   {"provenance", provenance_to_value(sidecar.provenance)},
                   {"outputs", outputs},
                   {"spans", spans}};
  for (const FrameRecord& record : sidecar.frames) {
    document["frames"].push_back(record_to_json(record));
  }
  if (!sidecar.recipe_json.empty()) {
    document["recipe"] = json::parse(sidecar.recipe_json);
  }
  if (sidecar.mask_survival) {
    document["mask_survival"] = *sidecar.mask_survival;
  }
  return document.dump();
}

std::string to_json(const FrameRecord& record) {
  return record_to_json(record).dump();
}

Provenance provenance_from_json(std::string_view text) {
  return parse_document(text, [](const json& document) { return provenance_from_value(document); });
}

Sidecar sidecar_from_json(std::string_view text) {
  return parse_document(text, [](const json& document) {
    Sidecar sidecar(provenance_from_value(document.at("provenance")));
    for (const json& value : document.at("outputs")) {
      SidecarOutput output;
      value.at("kind").get_to(output.kind);
      value.at("label").get_to(output.label);
      output.sha256 = Digest::from_hex(value.at("sha256").get<std::string>());
      output.stream_sha256 = Digest::from_hex(value.at("stream_sha256").get<std::string>());
      value.at("n_frames").get_to(output.n_frames);
      sidecar.outputs.push_back(output);
    }
    sidecar.spans = spans_from_json(document.at("spans"));
    for (const json& value : document.value("frames", json::array())) {
      sidecar.frames.push_back(record_from_json(value));
    }
    if (document.contains("recipe")) {
      sidecar.recipe_json = document.at("recipe").dump();
    }
    if (document.contains("mask_survival")) {
      sidecar.mask_survival = document.at("mask_survival").get<double>();
    }
    return sidecar;
  });
}

}  // namespace changeling
