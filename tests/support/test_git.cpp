#include "tests/support/test_git.hpp"

#include <gtest/gtest.h>

#include "common/subprocess.hpp"

namespace whittle::test {

std::string git(const std::vector<std::string>& arguments, const std::filesystem::path& where) {
  Command command;
  command.argv = {
      git_program, "-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.environment = {"PATH=/usr/bin:/bin", "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1",
                         "GIT_AUTHOR_DATE=2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2020-01-01T00:00:00Z"};
  command.directory = where;
  const auto outcome = run(command, {});
  EXPECT_TRUE(outcome.succeeded()) << outcome.errors;
  return outcome.output.substr(0, outcome.output.find_last_not_of('\n') + 1);
}

}  // namespace whittle::test
