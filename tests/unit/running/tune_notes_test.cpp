#include "running/tune_notes.hpp"

#include <gmock/gmock.h>

namespace whittle::running {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TunedProgram program(std::string version) {
  TunedProgram program;
  program.info.go_version = std::move(version);
  return program;
}

TEST(TuneNotes, GoKnowsGomemlimitSince119) {
  EXPECT_FALSE(program("go1.18.10").knows_soft_limit());
  EXPECT_TRUE(program("go1.19").knows_soft_limit());
  EXPECT_TRUE(program("go1.26.8 X:nocoverageredesign").knows_soft_limit());
  EXPECT_TRUE(program("devel go1.27-abc").knows_soft_limit());
  EXPECT_THAT(notes_of(program("go1.18.10"), {}, {}), Contains(HasSubstr("knows no GOMEMLIMIT")));
}

TEST(TuneNotes, ALimitOfItsOwnWinsButThatOfAutomemlimitStepsBack) {
  auto own = program("go1.26.8");
  own.tuning.sets_memory_limit = true;
  EXPECT_FALSE(own.knows_soft_limit());
  EXPECT_THAT(notes_of(own, {}, {}), Contains(HasSubstr("debug.SetMemoryLimit")));
  own.tuning.automemlimit = true;
  EXPECT_TRUE(own.knows_soft_limit());
  EXPECT_THAT(notes_of(own, {}, {}), Contains(HasSubstr("automemlimit")));
}

TEST(TuneNotes, SaysWhatStandsInTheWayOfARuntimeThatFollowsTheCpuLimit) {
  auto one = program("go1.25.1");
  one.tuning.automaxprocs = true;
  EXPECT_THAT(notes_of(one, {"GOMAXPROCS=4"}, {}),
              testing::AllOf(Contains(HasSubstr("fixes GOMAXPROCS=4: this Go follows")),
                             Contains(HasSubstr("automaxprocs is linked, and pointless"))));
  one.info.settings["DefaultGODEBUG"] = "asynctimerchan=1,containermaxprocs=0";
  EXPECT_THAT(notes_of(one, {}, 0.5), Not(Contains(HasSubstr("pointless"))));
  one.tuning.automaxprocs = false;
  EXPECT_THAT(notes_of(one, {}, 0.5), Contains(HasSubstr("its go.mod asks for an older Go")));
  EXPECT_THAT(notes_of(program("go1.24"), {}, 0.5), Contains(HasSubstr("Go before 1.25")));
  EXPECT_THAT(notes_of(program("go1.24"), {}, {}), Not(Contains(HasSubstr("CPU limit"))));
}

TEST(TuneNotes, TheLastSettingOfGodebugCounts) {
  EXPECT_THAT(notes_of(program("go1.26"), {"GODEBUG=madvdontneed=0,madvdontneed=1"}, {}),
              Contains(HasSubstr("changes nothing")));
  EXPECT_THAT(notes_of(program("go1.26"), {"GODEBUG=madvdontneed=0"}, {}),
              Contains(HasSubstr("leave it out")));
  EXPECT_THAT(notes_of(program("go1.26"), {"GODEBUG=xmadvdontneed=0"}, {}),
              Not(Contains(HasSubstr("madvdontneed"))));
}

TEST(TuneNotes, WhatTheImageSaysIsEscaped) {
  EXPECT_THAT(notes_of(program("go1.26"), {"GOMAXPROCS=\x1b[31m"}, {}), Not(Contains(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace whittle::running
