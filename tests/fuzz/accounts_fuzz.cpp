// A user, and the account files of an image, with blank lines between: USER, then passwd, then group.
#include "running/accounts.hpp"

#include "tests/fuzz/fuzz.hpp"

void whittle::fuzz::accounts_input(std::string_view input) {
  const auto take = [&] {
    const auto end = std::min(input.find("\n\n"), input.size());
    std::string part(input.substr(0, end));
    input.remove_prefix(std::min(end + 2, input.size()));
    return part;
  };
  const auto user = take();
  const auto passwd = take();
  const auto account = parsed([&] { return running::account_of(user, passwd, std::string(input)); });
  if (!account) return;
  require(account->uid <= 2147483647 && account->gid <= 2147483647, "ids are in range");
  for (std::size_t i = 1; i < account->groups.size(); ++i)
    require(account->groups[i - 1] < account->groups[i], "groups are sorted");
}
