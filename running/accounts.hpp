// Who a container's program runs as: what `User` of an image's config means with its /etc/passwd and
// /etc/group (image-spec, config.md, "User").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whittle::running {

struct Account {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups = {};  // others, sorted
  std::string home = {};                   // "" when the file says nothing of that uid

  bool operator==(const Account&) const = default;
};

// `user` is NAME or UID, with :GROUP or :GID behind it; "" is root. A number needs no entry; without one its
// group is 0. A name needs one: Error(not_found). Lines that are none of the format (passwd(5), group(5))
// count as absent; a number above 2147483647 is Error(unsupported).
Account account_of(std::string_view user, const std::optional<std::string>& passwd,
                   const std::optional<std::string>& group);

}  // namespace whittle::running
