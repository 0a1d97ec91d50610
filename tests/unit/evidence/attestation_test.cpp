#include "evidence/attestation.hpp"

#include "common/json.hpp"
#include "tests/unit/evidence/helpers.hpp"

namespace whittle::test {
namespace {

using evidence::StorageForm;

class Attestation : public SignedLayout {
 protected:
  std::string statement(const std::string& type, const std::string& text) const {
    return canonical(
        {{"_type", "https://in-toto.io/Statement/v1"},
         {"subject",
          Json::array({Json::object({{"digest", Json::object({{"sha256", image_.digest.hex()}})}})})},
         {"predicateType", type},
         {"predicate", Json::object({{"text", text}})}});
  }
  std::string attach(const std::string& bytes, const std::string& type, StorageForm form,
                     bool with_key = true) {
    auto from = source();
    auto signer = private_key();
    return failure([&] {
      attach_statement({from, destination_, "", silent_}, image_.descriptor(), bytes, type,
                       with_key ? &signer : nullptr, form);
    });
  }
  std::vector<std::string> verified(const std::string& type, std::string_view key = ec_public) {
    auto from = source();
    std::vector<std::string> statements;
    found_ = evidence::verify_attestations(
        from, image_.digest, public_key(key), type, {},
        [&](const evidence::StatementClaim&, const std::string& one) { statements.push_back(one); });
    return statements;
  }
  evidence::Verification found_{"", image_.digest};
};

TEST_F(Attestation, AStatementComesBackAsItWasGiven) {
  const auto one = statement("p", "one");
  const auto other = statement("q", "other");
  EXPECT_EQ(attach(one, "p", StorageForm::both), "no error");
  EXPECT_EQ(attach(other, "q", StorageForm::tag), "no error");
  EXPECT_EQ(verified("p"), (std::vector{one, one}));
  EXPECT_EQ(verified("q"), std::vector{other});
  EXPECT_EQ(verified("").size(), 3U);
  EXPECT_EQ(verified("p", other_public).size(), 0U);
  EXPECT_THAT(failure([&] { found_.require_good(); }), StartsWith("unverified: 2 attestations"));
}

TEST_F(Attestation, TheSameAgainAddsNothing) {
  for (int i = 0; i < 2; ++i) {
    attach(statement("p", "one"), "p", StorageForm::both);
    attach(statement("p", "plain"), "p", StorageForm::both, false);
  }
  verified("p");
  EXPECT_EQ(found_.checked.size(), 2U);
  auto from = source();
  EXPECT_EQ(from.referrers(image_.digest).size(), 2U);
}

TEST_F(Attestation, APlainOneIsSignedByNobody) {
  EXPECT_EQ(attach(statement("p", "plain"), "p", StorageForm::bundle, false), "no error");
  EXPECT_EQ(verified("p").size(), 0U);
  EXPECT_EQ(found_.checked.size(), 0U);
  auto from = source();
  EXPECT_EQ(from.referrers(image_.digest).at(0).artifact_type, "application/vnd.in-toto+json");
}

TEST_F(Attestation, ASignatureIsNoAttestationNorTheReverse) {
  sign(StorageForm::both);
  EXPECT_EQ(verified("").size(), 0U);
  attach(statement("p", "one"), "p", StorageForm::both);
  EXPECT_EQ(verify().checked.size(), 2U);
  EXPECT_EQ(verified("").size(), 2U);
}

TEST_F(Attestation, AStatementAboutSomethingElseIsNotAttached) {
  EXPECT_THAT(attach(statement("p", "one"), "q", StorageForm::bundle), StartsWith("internal: "));
  EXPECT_THAT(attach("{}", "q", StorageForm::bundle), StartsWith("internal: "));
}

}  // namespace
}  // namespace whittle::test
