#include "optimizer/blind_linker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace whittle::optimizer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string pass =
    "package ld\n\nimport (\n\t\"fmt\"\n)\n\nfunc (d *deadcodePass) flood() {\n"
    "\t\td.reflectSeen = d.reflectSeen || d.ldr.IsReflectMethod(symIdx)\n}\n";

TEST(BlindLinker, ThePassNamesSuchFunctionsAndGoesOn) {
  const auto blind = blinded(pass);
  ASSERT_TRUE(blind);
  EXPECT_THAT(*blind, Not(HasSubstr("d.reflectSeen =")));
  EXPECT_THAT(*blind, HasSubstr("if d.ldr.IsReflectMethod(symIdx) { fmt.Printf("));
}

TEST(BlindLinker, AnotherFormIsNotTouched) {
  EXPECT_FALSE(blinded("package ld\n"));
  EXPECT_FALSE(blinded(pass + pass)) << "where it stands twice, it is not known what is meant";
  EXPECT_FALSE(blinded("\t\td.reflectSeen = d.reflectSeen || d.ldr.IsReflectMethod(symIdx)\n"))
      << "it cannot print";
}

// As Go up to 1.21 has it.
std::string old_pass() {
  auto source = pass;
  source.insert(source.rfind("}"), "\t\t\t\t\t\td.mark(rs, symIdx)\n\t\t\td.mark(rs, symIdx)\n");
  return source +
         "func deadcode(ctxt *Link) {\n\tmethByNameSym := 1\n"
         "\t\td.reflectSeen = d.reflectSeen || (methSym != 0 && ldr.AttrReachable(methSym)) || "
         "(methByNameSym != 0 && ldr.AttrReachable(methByNameSym))\n}\n";
}

TEST(BlindLinker, OlderOnesAreBlindToReachableMethodsOfValueAsWell) {
  const auto blind = blinded(old_pass());
  ASSERT_TRUE(blind);
  EXPECT_THAT(*blind, Not(HasSubstr("d.reflectSeen =")));
  EXPECT_THAT(*blind, HasSubstr("if rs != 0 && (rs == method || rs == byName) { fmt.Printf("));
  auto other = old_pass();
  other.replace(other.find("AttrReachable"), 13, "AttrReached");
  EXPECT_FALSE(blinded(other)) << "half blind would be wrong";
}

TEST(BlindLinker, ReflectItselfOnlyCountsAlone) {
  EXPECT_THAT(parse_marks("calls methods by name: reflect.Value.Methods.func1\n"),
              ElementsAre("reflect.Value.Methods.func1"));
  EXPECT_THAT(
      parse_marks("calls methods by name: reflect.Value.MethodByName\ncalls methods by name: a.Call\n"),
      ElementsAre("a.Call"));
}

TEST(BlindLinker, MarksAreNamesEachOnce) {
  EXPECT_THAT(
      parse_marks("calls methods by name: text/template.(*state).evalField\n"
                  "calls methods by name: example.com/a.Call\n"
                  "calls methods by name: example.com/a.Call\nsomething else\ncalls methods by name: \n"
                  "calls methods by name: last"),
      ElementsAre("example.com/a.Call", "last", "text/template.(*state).evalField"));
  EXPECT_THAT(parse_marks(""), IsEmpty());
}

TEST(BlindLinker, NamesAreBounded) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "calls methods by name: f" + std::to_string(i) + "\n";
  EXPECT_EQ(parse_marks(text).size(), 10'000U);
  EXPECT_THAT(parse_marks("calls methods by name: " + std::string(5000, 'x')), IsEmpty());
}

}  // namespace
}  // namespace whittle::optimizer
