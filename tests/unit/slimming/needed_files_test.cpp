#include "slimming/needed_files.hpp"

#include "common/error.hpp"
#include "tests/support/hostile_tar.hpp"
#include "tests/unit/layers/helpers.hpp"
#include "tests/unit/slimming/helpers.hpp"

namespace whittle::slimming {
namespace {

using test::tar_of;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string shell = "binary";

class NeededFiles : public test::SlimTest {
 protected:
  NeededFiles() { options_.files = SlimOptions::Keep::closure; }

  // Slims it, and once more what came of that: there is nothing left to do.
  Slimmed slimmed_twice(std::vector<std::string> tars, const std::vector<std::string>& entrypoint) {
    layers::Execution execution;
    execution.entrypoint = entrypoint;
    auto result = slimmed(std::move(tars), std::move(execution));
    const auto again = slimmed(*result.image);
    EXPECT_EQ(again.image->root().digest, result.image->root().digest);
    return result;
  }
  static std::string reason(const Slimmed& result, const std::string& path) {
    for (const auto& file : result.files)
      if (file.path == path) return fmt::format("{} {}: {}", name_of(file.action), file.rule, file.reason);
    return "not told";
  }
};

TEST_F(NeededFiles, StayWithTheirReasonAndAllOthersGo) {
  const auto result = slimmed_twice({tar_of({{"bin/", "", 0755, 0, 0, '5'},
                                             {"bin/sh", shell, 0755},
                                             {"bin/cat", "x", 0755},
                                             {"bin/other", "x", 0755},
                                             {"entry", "#!/bin/sh\ncat /usr/share/a/text\n", 0755},
                                             {"usr/share/a/text", "x"},
                                             {"usr/share/b/", "", 0755, 0, 0, '5'},
                                             {"usr/share/b/text", "x"}})},
                                    {"/entry"});
  EXPECT_THAT(changes_of(result), ElementsAre("bin/other: drop closure", "usr/share/b: drop closure",
                                              "usr/share/b/text: drop closure"));
  EXPECT_EQ(reason(result, "entry"), "keep closure: what the image starts");
  EXPECT_EQ(reason(result, "bin/sh"), "keep closure: interprets /entry");
  EXPECT_EQ(reason(result, "bin/cat"), "keep closure: a command in /entry");
  EXPECT_EQ(reason(result, "usr/share/b/text"), "drop closure: nothing that the image starts asks for it");
  EXPECT_EQ(parse_json(result.image->root().bytes, "the manifest")["annotations"]["dev.whittle.slim.rules"],
            "closure,documentation,duplicates,locales,logs,package-caches,symbols,temporary");
}

TEST_F(NeededFiles, WhatALaterLayerHidesAsksForNothing) {
  const auto result =
      slimmed_twice({tar_of({{"usr/bin/sh", shell, 0755},
                             {"usr/bin/old", "x", 0755},
                             {"usr/bin/new", "x", 0755},
                             {"usr/bin/entry", "#!/usr/bin/sh\nold\n", 0755},
                             {"usr/bin/gone", "#!/usr/bin/sh\nold\n", 0755}}),
                     tar_of({{"usr/bin/entry", "#!/usr/bin/sh\nnew\n", 0755}, {"usr/bin/.wh.gone"}})},
                    {"entry"});
  EXPECT_THAT(changes_of(result), Contains("usr/bin/old: drop closure"));
  EXPECT_EQ(reason(result, "usr/bin/new"), "keep closure: a command in /usr/bin/entry");
}

TEST_F(NeededFiles, AHardLinkAsksForWhatItsFileDoesWhateverBecameOfTheOtherName) {
  const auto result = slimmed_twice({tar_of({{"usr/bin/sh", shell, 0755},
                                             {"usr/bin/old", "x", 0755},
                                             {"usr/bin/new", "x", 0755},
                                             {"usr/bin/a", "#!/usr/bin/sh\nold\n", 0755}}),
                                     tar_of({{"usr/bin/entry", "", 0755, 0, 0, '1', "usr/bin/a"}}),
                                     tar_of({{"usr/bin/a", "#!/usr/bin/sh\nnew\n", 0755}})},
                                    {"entry"});
  EXPECT_EQ(reason(result, "usr/bin/old"), "keep closure: a command in /usr/bin/entry");
}

TEST_F(NeededFiles, WhatTheUserKeepsStaysWithWhatItAsksFor) {
  options_.keep = {"/usr/share/plug*/"};
  const auto result = slimmed_twice({tar_of({{"usr/bin/sh", shell, 0755},
                                             {"usr/bin/entry", "x", 0755},
                                             {"usr/share/plugins/a", "#!/usr/bin/sh\n", 0755},
                                             {"usr/share/other", "x"}})},
                                    {"entry"});
  EXPECT_EQ(reason(result, "usr/bin/sh"), "keep closure: interprets /usr/share/plugins/a");
  EXPECT_EQ(reason(result, "usr/share/plugins/a"), "keep keep: --keep \"/usr/share/plug*/\"");
  EXPECT_THAT(changes_of(result), ElementsAre("usr/share/other: drop closure"));
}

TEST_F(NeededFiles, WhatGoesByARuleAsksForNothing) {
  const auto result =
      slimmed_twice({tar_of({{"usr/bin/sh", shell, 0755},
                             {"usr/bin/perl", shell, 0755},
                             {"usr/bin/entry", "#!/usr/bin/sh\n. /usr/share/doc/entry/example\n", 0755},
                             {"usr/share/doc/entry/example", "#!/usr/bin/perl\n", 0755}})},
                    {"entry"});
  EXPECT_THAT(changes_of(result),
              ElementsAre("usr/bin/perl: drop closure", "usr/share/doc/entry/example: drop documentation"));
}

TEST_F(NeededFiles, APackageThatALayerRemovesOwnsNothing) {
  const auto result =
      slimmed_twice({tar_of({{"usr/bin/entry", "x", 0755},
                             {"usr/share/shop/data", "of the package"},
                             {"var/lib/dpkg/info/shop.list", "/usr/share/shop/data\n"},
                             {"var/lib/dpkg/info/base.list", "/usr/bin/entry\n"}}),
                     tar_of({{"usr/share/shop/.wh.data"}, {"var/lib/dpkg/info/.wh.shop.list"}}),
                     tar_of({{"usr/share/shop/data", "of the application"}})},
                    {"entry"});
  EXPECT_EQ(reason(result, "usr/share/shop/data"), "drop hidden: layer 3 has another one");
  EXPECT_THAT(layers_of(*result.image).back(), Contains(HasSubstr("usr/share/shop/data")))
      << "it is of no package";
  EXPECT_EQ(reason(result, "var/lib/dpkg/info/base.list"),
            "keep closure: says which packages the files are from");
}

TEST_F(NeededFiles, StrictlyWithoutWhatIsPerhapsNeeded) {
  options_.files = SlimOptions::Keep::strict_closure;
  const auto result = slimmed_twice(
      {tar_of({{"usr/bin/entry", "x", 0755}, {"usr/bin/other", "x", 0755}, {"opt/app", "x"}})}, {"entry"});
  EXPECT_THAT(changes_of(result), ElementsAre("opt/app: drop closure", "usr/bin/other: drop closure"));
  EXPECT_THAT(result.platforms[0].warnings,
              ElementsAre(HasSubstr("1 file of no package below /opt left out")));
}

TEST_F(NeededFiles, AreNotKnownOfAnImageThatStartsNothing) {
  try {
    slimmed({tar_of({{"a", "x"}})});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.message(), HasSubstr("neither an entrypoint nor a command"));
  }
  options_.keep = {"a"};
  EXPECT_THAT(changes_of(slimmed({tar_of({{"a", "x"}, {"usr/b", "x"}})})), Contains("usr/b: drop closure"));
}

}  // namespace
}  // namespace whittle::slimming
