#include "binaries/go_symbol_name.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

namespace whittle::binaries {
namespace {

TEST(GoSymbolName, SaysPackageReceiverAndFunction) {
  struct Case {
    const char *name, *package, *receiver, *function, *declared;
  };
  const std::vector<Case> cases = {
      {"main.main", "main", "", "main", "main"},
      {"main.main.func1", "main", "", "main.func1", "main"},
      {"main.main.func1.2", "main", "", "main.func1.2", "main"},
      {"main.init.0", "main", "", "init.0", "init"},
      {"os.(*File).Read", "os", "*File", "Read", "Read"},
      {"os.(*File).Read-fm", "os", "*File", "Read-fm", "Read"},
      {"os.(*File).Read.deferwrap1", "os", "*File", "Read.deferwrap1", "Read"},
      {"time.Duration.String", "time", "Duration", "String", "String"},
      {"slices.SortFunc[...].func1", "slices", "", "SortFunc[...].func1", "SortFunc[...]"},
      {"slices.All[go.shape.[]int,go.shape.int].func1", "slices", "",
       "All[go.shape.[]int,go.shape.int].func1", "All[go.shape.[]int,go.shape.int]"},
      {"example.com/shop/gen.(*Stack[example.com/x/y.T]).Push", "example.com/shop/gen",
       "*Stack[example.com/x/y.T]", "Push", "Push"},
      {"example.com/my.shop/v%2e2.Do", "example.com/my.shop/v.2", "", "Do", "Do"},
      {"gopkg.in/yaml%2ev3.(*Decoder).Decode", "gopkg.in/yaml.v3", "*Decoder", "Decode", "Decode"},
      {"go.uber.org/zap.New", "go.uber.org/zap", "", "New", "New"},
      {"vendor/golang.org/x/text.F-range1", "vendor/golang.org/x/text", "", "F-range1", "F"},
      {"type:.eq.[2]interface {}", "", "", "type:.eq.[2]interface {}", "type:"},
      {"go:buildid", "", "", "go:buildid", "go:buildid"},
      {"_rt0_amd64_linux", "", "", "_rt0_amd64_linux", "_rt0_amd64_linux"},
  };
  for (const auto& expected : cases) {
    const auto name = parse_go_symbol_name(expected.name);
    EXPECT_EQ(name.package, expected.package) << expected.name;
    EXPECT_EQ(name.receiver, expected.receiver) << expected.name;
    EXPECT_EQ(name.function, expected.function) << expected.name;
    EXPECT_EQ(name.declared(), expected.declared) << expected.name;
    EXPECT_EQ(package_of_symbol(expected.name), expected.package);
  }
}

TEST(GoSymbolName, Hostile091_OddNamesAreNames) {
  for (const auto* odd :
       {"", ".", "..", "/", "a/", "a/.", "(", "a.(", "a.(*", "a.(*b)", "a.[", "]", "a%2", "a%zz.b", "[].x"})
    EXPECT_LE(parse_go_symbol_name(odd).declared().size(), std::string_view(odd).size());
}

}  // namespace
}  // namespace whittle::binaries
