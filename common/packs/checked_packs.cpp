#include "common/packs/checked_packs.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/packs/pack_json.h"

namespace changeling {

// Note [What is trusted]: a file of the same size, inode and times as when it was checked is taken
// to have the same bytes. The time of change cannot be set back by tools, so a pack that was
// written to, replaced or copied is checked again. What changes bytes without it (a failing disk, a
// second machine behind a network share that keeps no times) is not noticed: without this file all
// is checked again.

namespace {

using pack_json::Json;
using pack_json::ObjectReader;

constexpr int kVersion = 1;  // of the checks of a pack, too: another one has all checked again
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// One digit of 0..7 a frame: masks have three values.
std::string digits_of(const std::vector<std::uint8_t>& shown) {
  std::string digits;
  for (const std::uint8_t bits : shown) {
    digits.push_back(static_cast<char>('0' + bits));
  }
  return digits;
}

std::vector<std::uint8_t> shown_of(const ObjectReader& reader) {
  const Json& digits = reader.member("shown");
  std::vector<std::uint8_t> shown;
  for (const char digit : digits.is_string() ? digits.get<std::string>() : "none") {
    if (digit < '0' || digit > '7') {
      reader.refuse("'shown' is not of the digits 0 to 7");
    }
    shown.push_back(static_cast<std::uint8_t>(digit - '0'));
  }
  return shown;
}

}  // namespace

CheckedPacks::CheckedPacks(std::filesystem::path file, Use use)
    : file_(std::move(file)), use_(use) {
  std::error_code missing;
  if (!std::filesystem::exists(file_, missing)) {
    return;
  }
  try {
    read();
  } catch (const Error& error) {
    packs_.clear();
    log_warn("packs_are_checked_again", {{"reason", error.what()}});
  }
}

void CheckedPacks::read() {
  const std::string name = file_.string();
  const Json sealed = pack_json::parse(read_file(file_), name);
  const ObjectReader whole(sealed, name, {"version", "packs", "sha256"});
  if (whole.integer("version", 0, kMost) != kVersion) {
    return;
  }
  if (sha256(whole.member("packs").dump()).hex() != whole.text("sha256")) {
    whole.refuse("it is damaged: its digest is wrong");
  }
  for (const Json& value : whole.list("packs")) {
    const ObjectReader reader(value, name,
                              {"sha256", "bytes", "inode", "modified_ns", "changed_ns", "shown"});
    const auto number = [&](const char* key) { return reader.integer(key, -kMost, kMost); };
    const FileState state = {number("bytes"), number("inode"), number("modified_ns"),
                             number("changed_ns")};
    packs_[Digest::from_hex(reader.text("sha256"))] = {state, shown_of(reader)};
  }
}

const std::vector<std::uint8_t>* CheckedPacks::find(const Digest& sha256,
                                                    const FileState& state) const {
  const auto found = packs_.find(sha256);
  return found != packs_.end() && found->second.state == state ? &found->second.shown : nullptr;
}

void CheckedPacks::add(const Digest& sha256, const FileState& state,
                       std::vector<std::uint8_t> shown) {
  packs_[sha256] = {state, std::move(shown)};
  is_saved_ = false;
}

bool CheckedPacks::save() {
  if (is_saved_ || use_ == Use::kRead || file_.empty()) {
    return false;
  }
  Json packs = Json::array();
  for (const auto& [sha256, pack] : packs_) {
    packs.push_back({{"sha256", sha256.hex()},
                     {"bytes", pack.state.bytes},
                     {"inode", pack.state.inode},
                     {"modified_ns", pack.state.modified_ns},
                     {"changed_ns", pack.state.changed_ns},
                     {"shown", digits_of(pack.shown)}});
  }
  const Json sealed = {
      {"version", kVersion}, {"packs", packs}, {"sha256", sha256(packs.dump()).hex()}};
  write_file_atomically(file_, sealed.dump() + "\n");
  is_saved_ = true;
  return true;
}

}  // namespace changeling
