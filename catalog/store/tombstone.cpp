#include "catalog/store/tombstone.h"

#include "catalog/store/uuid.h"
#include "common/base/digest.h"

namespace changeling {
namespace {

std::string tombstone(std::string_view salt, std::string_view corpus, std::string_view ext_id) {
  const Digest digest = Sha256()
                            .update_field("forgotten")
                            .update_field(salt)
                            .update_field(corpus)
                            .update_field(ext_id)
                            .finish();
  return "!" + std::string(salt) + ":" + digest.hex();
}

}  // namespace

std::string make_tombstone(std::string_view corpus, std::string_view ext_id) {
  return tombstone(make_uuid_v7(), corpus, ext_id);
}

bool is_tombstone(std::string_view id) {
  return !id.empty() && id.front() == '!';
}

bool is_tombstone_of(std::string_view id, std::string_view corpus, std::string_view ext_id) {
  const std::size_t colon = id.find(':');
  return is_tombstone(id) && colon != std::string_view::npos &&
         id == tombstone(id.substr(1, colon - 1), corpus, ext_id);
}

}  // namespace changeling
