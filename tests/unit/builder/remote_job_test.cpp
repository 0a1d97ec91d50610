#include "builder/remote_job.hpp"

#include <gmock/gmock.h>

#include "tests/support/thrown_error.hpp"

namespace whittle::builder {
namespace {

RemoteJob job() {
  CompileRequest request;
  request.main = {"sources/shop", "sources/shop/api", "sources/go.work", false, "./cmd/api"};
  request.platform = layers::Platform::parse("linux/arm64");
  request.profile = Profile::smallest;
  request.lines = Lines::split;
  request.tags = {"netgo", "osusergo"};
  request.ldflags = {"-X=main.version=1"};
  request.inlining = {"example.com/shop=-l"};
  request.image = "api";
  auto other = request;
  other.main.pattern = "./cmd/worker";
  other.lines = Lines::keep;
  RemoteJob job{"1.26.8", {request, other}};
  LayerRecipe recipe;
  layers::FileEntry folder;
  folder.type = layers::FileEntry::Type::directory;
  folder.mode = 01777;
  folder.uid = 5;
  recipe.tree.add("srv", folder);
  layers::FileEntry program;
  program.mode = 0755;
  recipe.tree.add("srv/api", program);
  recipe.programs = {{"srv/api", 0}};
  recipe.compression = {layers::Compression::Format::zstd, layers::Compression::Level::smallest, true};
  recipe.epoch = 1'700'000'000;
  job.layers.push_back(std::move(recipe));
  return job;
}

TEST(RemoteJob, IsReadAsItWasWritten) {
  const auto text = to_text(job());
  const auto read = parse_remote_job(text, "");
  EXPECT_EQ(to_text(read), text);
  EXPECT_EQ(read.layers.front().tree.digest(), job().layers.front().tree.digest());
  EXPECT_EQ(read.layers.front().compression, job().layers.front().compression);
}

TEST(RemoteJob, LiesBelowTheFolderOfItsInputs) {
  const auto read = parse_remote_job(to_text(job()), "/worker/1");
  EXPECT_EQ(read.requests.front().main.module, "/worker/1/sources/shop/api");
  EXPECT_EQ(read.requests.front().main.workspace, "/worker/1/sources/go.work");
}

TEST(RemoteJob, NamesAllFilesThatItLeaves) {
  EXPECT_THAT(job().outputs(), testing::ElementsAre("out/binaries/0", "out/binaries/1", "out/layers/0",
                                                    "out/lines/0", "out/report.json"));
}

TEST(RemoteJob, OfAnotherVersionIsRefused) {
  for (const auto* text :
       {"", "{}", R"({"version":2})", R"({"version":1,"go":"1","binaries":[],"layers":[]})"})
    EXPECT_EQ(test::failure_of([&] { parse_remote_job(text, ""); }).kind(), ErrorKind::integrity) << text;
}

}  // namespace
}  // namespace whittle::builder
