#include "remote/action.hpp"

#include <gmock/gmock.h>

#include "remote/wire.hpp"

namespace whittle::remote {
namespace {

Action action() {
  Action action{{"whittle", "", "x"}, {"out/a", "out/b"}};
  action.inputs = id_of("a tree");
  action.properties = {{"OSFamily", "linux"}};
  return action;
}

std::string name_of(const Action& action) {
  BlobSet blobs;
  return write(action, blobs).hash;
}

TEST(Action, IsNamedByAllThatDecidesIt) {
  const auto first = name_of(action());
  EXPECT_EQ(first, name_of(action()));
  auto other = action();
  other.arguments.pop_back();
  EXPECT_NE(first, name_of(other));
  other = action();
  other.properties["ISA"] = "x86-64";
  EXPECT_NE(first, name_of(other));
  other = action();
  other.inputs = id_of("another tree");
  EXPECT_NE(first, name_of(other));
  other = action();
  other.environment.emplace("A", "b");
  EXPECT_NE(first, name_of(other));
}

TEST(Action, KeepsArgumentsThatAreEmpty) {
  BlobSet blobs;
  const auto id = write(action(), blobs);
  std::string command;
  for (const auto& [name, open] : blobs.blobs())
    if (name != id) command = read_all(*open(), 1000, "the command");
  EXPECT_THAT(command, testing::StartsWith(std::string("\x0a\x07whittle\x0a\x00\x0a\x01x", 14)));
}

TEST(Wire, WritesNumbersOfSeveralBytes) {
  EXPECT_EQ(WireMessage().add(2, std::uint64_t{300}).bytes(), "\x10\xac\x02");
  EXPECT_EQ(WireMessage().add(2, std::uint64_t{0}).bytes(), "");
  EXPECT_EQ(WireMessage().add(16, std::string_view("a")).bytes(),
            "\x82\x01\x01"
            "a");
}

}  // namespace
}  // namespace whittle::remote
