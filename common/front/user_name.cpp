#include "common/front/user_name.h"

#include <pwd.h>
#include <unistd.h>

namespace changeling {

std::string user_name() {
  const passwd* user = getpwuid(geteuid());
  return user != nullptr ? user->pw_name : std::to_string(geteuid());
}

}  // namespace changeling
