#include "builder/go_file_name.hpp"

#include <gtest/gtest.h>

#include "builder/go_list.hpp"

namespace whittle::builder {
namespace {

const layers::Platform linux_amd64 = layers::Platform::parse("linux/amd64");

TEST(GoFileName, OfAnotherSystem) {
  for (const auto* name :
       {"a_windows.go", "a_arm64.go", "a_linux_arm64.s", "a_windows_amd64.go", "a_windows_test.go",
        "a_arm64_test.go", "a_b_c_plan9.go", "a_wasm.go", "_windows.go", "a_windows.pb.go"})
    EXPECT_TRUE(is_for_another_system(name, linux_amd64, {})) << name;
}

TEST(GoFileName, OfThisSystemOrOfNone) {
  for (const auto* name :
       {"a.go", "a_linux.go", "a_amd64.go", "a_linux_amd64.go", "windows.go", "arm64.go", "windows_amd64.go",
        "a_unix.go", "a_test.go", "windows_test.go", "a_windows_extra.go", "a-windows.go", "a_Windows.go",
        "a_newsystem.go", "a_newsystem_amd64.go", "a_.go", "_", "", "a"})
    EXPECT_FALSE(is_for_another_system(name, linux_amd64, {})) << name;
}

TEST(GoFileName, ABuildTagOfTheNameLetsItIn) {
  EXPECT_FALSE(is_for_another_system("a_windows.go", linux_amd64, {"windows"}));
  EXPECT_FALSE(is_for_another_system("a_windows_amd64.go", linux_amd64, {"windows"}));
  EXPECT_TRUE(is_for_another_system("a_windows_arm64.go", linux_amd64, {"windows"}));
  EXPECT_FALSE(is_for_another_system("a_windows_arm64.go", linux_amd64, {"arm64", "windows"}));
}

TEST(GoList, SetsFilesForOtherSystemsApart) {
  const auto packages = parse_go_list(
      "{\n\"ImportPath\": \"a\", \"Dir\": \"/a\", \"GoFiles\": [\"a.go\"],\n"
      "\"IgnoredGoFiles\": [\"a_windows.go\", \"tagged.go\"], \"IgnoredOtherFiles\": [\"a_arm64.s\"],\n"
      "\"EmbedFiles\": [\"b_windows.go\"]\n}\n",
      linux_amd64, {});
  ASSERT_EQ(packages.size(), 1);
  EXPECT_EQ(packages[0].files, (std::vector<std::string>{"a.go", "b_windows.go", "tagged.go"}));
  EXPECT_EQ(packages[0].other_files, (std::vector<std::string>{"a_windows.go", "a_arm64.s"}));
}

}  // namespace
}  // namespace whittle::builder
