// Small modules as they are written, and the spec that `whittle init` makes of each: modules/NAME holds the
// sources with
// `-- FILE --` lines between them, and NAME.yaml the spec with the notes behind it.
#include "builder/init_module.hpp"

#include <gmock/gmock.h>

#include "common/error.hpp"
#include "common/file.hpp"
#include "tests/unit/builder/golden.hpp"

namespace whittle::builder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

// Writes what a text says, in the form of Go's txtar: a line `-- path --`, then the file.
void unpack(const std::string& text, const fs::path& folder) {
  std::istringstream in(text);
  std::string content;
  fs::path file;
  const auto finish = [&] {
    if (file.empty()) return;
    make_directories((folder / file).parent_path());
    write_file(folder / file, content, AtomicFile::Durability::content);
    content.clear();
  };
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("-- ") && line.ends_with(" --")) {
      finish();
      file = line.substr(3, line.size() - 6);
    } else {
      content += line + "\n";
    }
  }
  finish();
}

ModuleDraft draft_of(const std::string& text) {
  const TemporaryFolder folder(fs::temp_directory_path());
  unpack(text, folder.path());
  return draft_for_module(scan_sources(folder.path()));
}

class Modules : public testing::TestWithParam<std::string> {};

TEST_P(Modules, GetTheSpecThatIsCheckedIn) {
  const auto modules = source_folder() / "tests/unit/builder/modules";
  const auto draft = draft_of(read_file(modules / (GetParam() + ".txt"), 1U << 20U));
  const auto yaml = to_yaml(draft.spec);
  auto golden = yaml;
  for (const auto& line : draft.notes) golden += "# said: " + line + "\n";
  expect_golden(modules / (GetParam() + ".yaml"), golden);
  expect_readable(yaml);
}

INSTANTIATE_TEST_SUITE_P(All, Modules,
                         testing::Values("cgo", "commands", "constraints", "data", "nested", "ports",
                                         "single", "workspace"));

TEST(InitModule, RefusesWhatHasNoCommand) {
  const auto message_of = [](const std::string& text) {
    try {
      draft_of(text);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message_of("-- go.mod --\nmodule example.com/a\n-- a.go --\npackage a\n"),
              HasSubstr("no main package"));
  EXPECT_THAT(message_of("-- main.go --\npackage main\nfunc main() {}\n"), HasSubstr("no go.mod"));
  EXPECT_THROW(scan_sources("/no/such/folder"), Error);
}

TEST(ImageName, HasOnlyWhatNamesMayHave) {
  EXPECT_EQ(image_name_from("My_App"), "my_app");
  EXPECT_EQ(image_name_from("..a//b.."), "a-b");
  EXPECT_EQ(image_name_from("\xc3\xa4"), "app");
  EXPECT_EQ(image_name_from(""), "app");
}

TEST(YamlScalar, IsReadAsItsText) {
  for (const std::string text :
       {"a",      "no",  "1.10", "",     " ",    "a: b",         "#",  "x\ny",  "\"", "\\", "-",
        "--flag", "[a]", "*",    "0x10", "null", "\xe2\x80\xae", "a:", ":8080", ".",  "~"}) {
    const auto spec = parse_spec(
        fmt::format("version: 1\nimages:\n  x:\n    main: .\n    args: [{}]\n", yaml_scalar(text)), "spec");
    EXPECT_THAT(*spec.images.front().args, ElementsAre(text)) << yaml_scalar(text);
  }
}

}  // namespace
}  // namespace whittle::builder
