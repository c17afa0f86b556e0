#include "catalog/export/access_class.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/licence.h"

namespace changeling {

std::string_view to_string(AccessClass access) {
  switch (access) {
    case AccessClass::kInternal:
      return "internal";
    case AccessClass::kGated:
      return "gated";
    case AccessClass::kPublic:
      break;
  }
  return "public";
}

AccessClass access_class_of(const std::string& text) {
  for (const AccessClass access :
       {AccessClass::kInternal, AccessClass::kGated, AccessClass::kPublic}) {
    if (to_string(access) == text) {
      return access;
    }
  }
  throw Error(ErrorKind::kInput, "no access class is called '" + text + "'");
}

AccessTerm media_access(const std::string& name, const std::string& licence,
                        bool is_redistributable) {
  if (!is_redistributable) {
    return {AccessClass::kInternal, name + " is not redistributable"};
  }
  if (!is_unknown_licence(licence) && forbids_derivatives(licence)) {
    return {AccessClass::kInternal, name + " forbids derivatives (" + licence + ")"};
  }
  return model_access(name, licence);  // derivatives aside, the words mean the same
}

AccessTerm model_access(const std::string& name, const std::string& licence) {
  if (is_unknown_licence(licence)) {
    return {AccessClass::kInternal, name + " has no known licence"};
  }
  if (forbids_redistribution(licence)) {
    return {AccessClass::kInternal,
            name + " may not be given away, nor what is made with it (" + licence + ")"};
  }
  if (is_for_some_uses(licence)) {
    return {AccessClass::kGated, name + " is not for every use (" + licence + ")"};
  }
  return {AccessClass::kPublic, ""};
}

AccessClass strictest(const std::vector<AccessTerm>& terms) {
  AccessClass access = AccessClass::kPublic;
  for (const AccessTerm& term : terms) {
    access = std::min(access, term.access);
  }
  return access;
}

}  // namespace changeling
