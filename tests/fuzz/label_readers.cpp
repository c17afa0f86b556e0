// Readers of what says where a clip comes from: sidecars, signed manifests, keys, and labels inside
// PNG, mp4 and any other bytes.
#include <algorithm>

#include "catalog/signing/c2pa_definition.h"
#include "catalog/signing/claim.h"
#include "catalog/signing/manifest.h"
#include "common/base/big_endian.h"
#include "common/base/png_label.h"
#include "common/base/provenance.h"
#include "common/base/source_type.h"
#include "common/media/container_boxes.h"
#include "common/media/own_label.h"
#include "common/media/xmp_box.h"
#include "tests/fuzz/hostile_reader.h"
#include "tests/support/known_key.h"

namespace changeling {
namespace {

void read_sidecar(const std::string& bytes) {
  const Sidecar sidecar = sidecar_from_json(bytes);
  const std::string written = to_json(sidecar);
  expect(to_json(sidecar_from_json(written)) == written, "a sidecar reads back the same");
  expect(count_swapped(sidecar.spans) >= 0, "a count of frames is not negative");
}

void read_manifest(const std::string& bytes) {
  const Manifest manifest = parse_manifest(bytes);
  expect(signed_bytes(manifest).size() < bytes.size(), "what is signed is part of the document");
}

void read_claim(const std::string& bytes) {
  (void)c2pa_definition(bytes);
  (void)claim_facts(bytes);
}

void read_key(const std::string& bytes) {
  const VerifyingKey key = VerifyingKey::from_pem(bytes);
  expect(VerifyingKey::from_pem(key.to_pem()).id() == key.id(), "a key reads back the same");
  expect(!key.verify(bytes, bytes), "no key signed its own text");
}

void read_png(const std::string& bytes) {
  const std::string labelled = label_png(bytes, Label::kFake, "compositeSynthetic");
  expect(fake_picture_by_own_words(scratch_file("png/hostile.png", labelled)).has_value(),
         "a labelled picture says so");
}

void read_boxes(const std::string& bytes) {
  const std::filesystem::path file = scratch_file("boxes/hostile.mp4", bytes);
  for (const ContainerBox& box : container_boxes(file)) {
    expect(box.at >= 0 && box.bytes >= 8 &&
               box.at + box.bytes <= static_cast<std::int64_t>(bytes.size()),
           "a box lies inside the file");
  }
  const std::string xmp = read_xmp_box(file);
  expect(xmp.empty() || bytes.find(xmp) != std::string::npos, "XMP is part of the file");
  (void)read_xmp_source_type(file);
  (void)fake_picture_by_own_words(file);
}

/// A label found in pieces is the one found at once, and nothing before a label hides it.
void read_label(const std::string& bytes) {
  LabelFinder whole, pieces;
  whole.add(bytes);
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    pieces.add(std::string_view(bytes).substr(at, 7));
  }
  expect(pieces.label() == whole.label(), "a label is found in pieces, too");
  expect(label_of_tags({{"comment", bytes}}) == whole.label(), "tags say what bytes say");
  if (!whole.label().empty()) {
    (void)label_from_string(whole.label());
  }
  whole.add("changeling label=fake ");
  expect(!whole.label().empty(), "no bytes hide a label behind them");
  const std::optional<std::string> term = find_composed(bytes);
  expect(!term || says_composed(*term), "a composed term says so");
}

Sidecar small_sidecar() {
  Provenance made(Label::kFake);
  made.method = "fsgan";
  made.digital_source_type = "compositeWithTrainedAlgorithmicMedia";
  made.job_key = sha256("job");
  made.seed = 7;
  made.versions = {{"changeling", "0.1.0"}};
  made.inputs = {{"target", "clips@1", "MIT", "licensed", true, sha256("t"), "aa", 0, 9}};
  made.models = {{"gr", "net", "1", sha256("w"), "MIT", ""}};
  Sidecar sidecar(made);
  sidecar.outputs = {{"fake_video", "fake", sha256("f"), sha256("s"), 10},
                     {"mask_alpha", "", sha256("m"), sha256("ms"), 10}};
  sidecar.spans = {{0, 1, FrameStatus::kPassthrough}, {2, 9, FrameStatus::kSwapped}};
  sidecar.frames = {{7, "", {"pose_clamped"}, {1, 2, 30, 30}, {10, -3, 0}, 12, {{4, true, 1}}}};
  sidecar.recipe_json = R"({"steps":[{"type":"X264"}]})";
  return sidecar;
}

std::string small_claim() {
  ArtifactRow clip;
  clip.kind = "fake_video";
  clip.label = "fake";
  clip.profile = "as_made";
  clip.sha256 = sha256("file");
  clip.stream_sha256 = sha256("stream");
  clip.n_frames = 10;
  return clip_claim(small_sidecar(), clip);
}

std::string box(const std::string& type, const std::string& body) {
  return big_endian(static_cast<std::uint32_t>(body.size() + 8)) + type + body;
}

std::string small_mp4() {
  return box("ftyp", "isom") + xmp_box("compositeCapture") +
         box("moov", box("mvhd", "abcd") + box("udta", "changeling label=fake ")) +
         std::string("\0\0\0\1mdat\0\0\0\0\0\0\0\x12xx", 18);
}

std::string small_png() {
  return std::string("\x89PNG\r\n\x1a\n", 8) + big_endian(13) + "IHDR" + std::string(13, '\1') +
         "crc!" + big_endian(0) + "IENDcrc!";
}

}  // namespace

std::vector<HostileReader> label_readers() {
  return {{"sidecar", {ErrorKind::kInput}, {to_json(small_sidecar())}, read_sidecar},
          {"manifest",
           {ErrorKind::kInput},
           {make_manifest(small_claim(), known_key()),
            make_manifest(small_claim(), known_key(), sha256("earlier"))},
           read_manifest},
          {"claim", {ErrorKind::kInput}, {small_claim()}, read_claim},
          {"key", {ErrorKind::kInput}, {known_key().verifying_key().to_pem()}, read_key},
          {"png", {ErrorKind::kInput}, {small_png()}, read_png},
          {"boxes", {ErrorKind::kInput}, {small_mp4()}, read_boxes},
          {"label",
           {},
           {"x changeling label=fake         job=1",
            "<a>http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture</a>"},
           read_label}};
}

}  // namespace changeling
