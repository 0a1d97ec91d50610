#include "optimizer/size_markdown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/optimizer/grown_image.hpp"

namespace whittle::optimizer {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SizeMarkdown, HasTheImageItsLimitsWhatIsNewAndBehindAFoldTheRest) {
  EXPECT_EQ(markdown_of(test::grown_image()), R"(### Size of the image `api`

Compressed bytes, against `localhost:5000/shop/api:latest`.

| | before | after | difference |
|---|---:|---:|---:|
| **image** | 1.2 MB | 1.9 MB | +749.5 kB |
| layer base | 400.0 kB | 400.0 kB |  |
| layer binaries | 800.0 kB | 1.6 MB | +750.0 kB |
| layer files | 500 B | gone | -500 B |

| limit of | allowed | is | |
|---|---:|---:|---|
| image | 350 kB | 1.9 MB | **1.6 MB above** |
| layer `binaries` | 2MB | 1.6 MB | holds |
| module `example.com/fat` | 200KiB | 240.0 kB | **35.2 kB above** |
| module `example.com/gone` | 1 | not there | holds |
| package `net/http` | 399999 | 400.0 kB | **1 B above** |

| new in the program, by import | packages | size |
|---|---:|---:|
| `./cmd/api → ./store → example.com/fat` | 3 | 740.0 kB |

| new module | size | imported by |
|---|---:|---|
| `example.com/fat v1.2.0` | 240.0 kB | `./cmd/api → ./store → example.com/fat` |

<details><summary>1 file, 3 modules, 4 packages changed by 1.0 kB or more</summary>

| file | before | after | difference |
|---|---:|---:|---:|
| `/usr/bin/api` | 799.8 kB | 1.5 MB | +750.0 kB |

| module | before | after | difference |
|---|---:|---:|---:|
| `std` | 790.0 kB | 1.3 MB | +510.0 kB |
| `example.com/fat` |  | 240.0 kB | +240.0 kB |
| `example.com/shop` `v0.1.0` → `v0.2.0` | 5.0 kB | 9.8 kB | +4.8 kB |

| package | before | after | difference |
|---|---:|---:|---:|
| `net/http` |  | 400.0 kB | +400.0 kB |
| `example.com/fat` |  | 240.0 kB | +240.0 kB |
| `net` |  | 100.0 kB | +100.0 kB |
| `fmt` | 24.0 kB | 30.0 kB | +6.0 kB |

</details>

)");
}

TEST(SizeMarkdown, WithoutAnEarlierImageItHasSizesAndSaysWhy) {
  auto image = test::grown_image();
  image.platforms[0].before.reset();
  image.platforms[0].limits.clear();
  image.not_read = "nothing was pushed there yet";
  EXPECT_EQ(markdown_of(image), R"(### Size of the image `api`

Nothing to compare with: `nothing was pushed there yet`.

| | size |
|---|---:|
| **image** | 1.9 MB |
| layer base | 400.0 kB |
| layer binaries | 1.6 MB |

)");
}

TEST(SizeMarkdown, IsShortWhenNothingGrew) {
  auto image = test::grown_image();
  image.platforms[0].before = image.platforms[0].now;
  const auto text = markdown_of(image);
  EXPECT_THAT(text, HasSubstr("| **image** | 1.9 MB | 1.9 MB |  |\n"));
  EXPECT_THAT(text, HasSubstr("No file, module or package changed by 1.0 kB or more."));
  EXPECT_THAT(text, Not(HasSubstr("<details>")));
}

TEST(SizeMarkdown, ForeignTextCanChangeNothingAroundIt) {
  auto image = test::grown_image();
  auto& files = image.platforms[0].now.files;
  files = {{"/a`b``c", 9'000'000},
           {"/x | y", 8'000'000},
           {"/</details><img src=x>", 7'000'000},
           {"/line\n| more", 6'000'000},
           {"/`", 5'000'000}};
  const auto text = markdown_of(image);
  EXPECT_THAT(text, HasSubstr("| ``` /a`b``c ``` |  | 9.0 MB |"));
  EXPECT_THAT(text, HasSubstr("| `/x \\| y` |  | 8.0 MB |"));
  EXPECT_THAT(text, HasSubstr("| `/</details><img src=x>` |"));
  EXPECT_THAT(text, HasSubstr("| `/line\\n\\| more` |"));
  EXPECT_THAT(text, HasSubstr("| `` /` `` |"));
}

TEST(SizeMarkdown, LongTablesAreCut) {
  auto image = test::grown_image();
  for (int i = 0; i < 100; ++i) image.platforms[0].now.packages["example.com/p" + std::to_string(i)] = 10'000;
  EXPECT_THAT(markdown_of(image), HasSubstr("\n\nand 79 more\n\n</details>"));
}

TEST(SizeMarkdown, EachPlatformHasItsTables) {
  auto image = test::grown_image();
  image.platforms.push_back(test::grown_platform());
  image.platforms[1].platform = layers::Platform::parse("linux/arm64");
  EXPECT_THAT(markdown_of(image), HasSubstr("#### linux/amd64\n\n| |"));
  EXPECT_THAT(markdown_of(image), HasSubstr("#### linux/arm64\n\n| |"));
}

}  // namespace
}  // namespace whittle::optimizer
