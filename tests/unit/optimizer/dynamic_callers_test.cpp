#include "optimizer/dynamic_callers.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "common/file.hpp"

namespace whittle::optimizer {
namespace {

class DynamicCallers : public testing::Test {
 protected:
  void add(const std::string& path, const std::string& body, std::vector<std::string> imports) {
    builder::ListedPackage package;
    package.import_path = path;
    package.folder = folder_.path() / path;
    package.imports = std::move(imports);
    package.compiled = {"p.go"};
    make_directories(package.folder);
    write_file(package.folder / "p.go", "package p\n\n" + body, AtomicFile::Durability::content);
    packages_.push_back(std::move(package));
  }
  TemporaryFolder folder_{std::filesystem::temp_directory_path()};
  std::vector<builder::ListedPackage> packages_;
};

TEST_F(DynamicCallers, TheNearestPackageWithSuchACall) {
  add("main", "func main() { a.Run() }", {"a", "b"});
  add("a", "func Run() { b.Call(v, \"Known\") }", {"b"});
  add("b", "func Call(v reflect.Value, name string) { v.MethodByName(name) }", {"reflect"});
  add("reflect", "func (v Value) M() { v.Method(0) }", {});
  EXPECT_EQ(origin_of_call(packages_, "main"), "b");
  EXPECT_EQ(origin_of_call(packages_, "b"), "b");
}

TEST_F(DynamicCallers, AConstantIsKnownToTheLinker) {
  add("main", "func f(v reflect.Value) { v.MethodByName(\"Known\"); r.Method() // v.Method(1)\n}",
      {"reflect"});
  EXPECT_EQ(origin_of_call(packages_, "main"), "");
  add("a", "func f(v reflect.Value, i int) { v.Method(i) }", {"reflect"});
  EXPECT_EQ(origin_of_call(packages_, "a"), "a");
}

TEST_F(DynamicCallers, AnUnknownPackageHasNone) {
  EXPECT_EQ(origin_of_call(packages_, "nowhere"), "");
}

}  // namespace
}  // namespace whittle::optimizer
