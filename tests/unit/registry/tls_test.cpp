// TLS: whose certificate is believed, whom ours is shown to, and what is said when that fails.
#include <openssl/ssl.h>

#include "registry/certificates.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

using registry::Certificates;
using testing::AllOf;
using testing::HasSubstr;

class TlsTest : public PlaceTest {
 protected:
  void write(const std::string& name, const std::string& text) const {
    make_directories((path() / name).parent_path());
    write_file(path() / name, text, AtomicFile::Durability::content, 0600);
  }
  void trust(const std::string& host) const {
    write("certs.d/" + host + "/ca.crt", authority_.certificate());
  }
  void show(const std::string& host, const IssuedCertificate& client) const {
    write("certs.d/" + host + "/client.cert", client.certificate);
    write("certs.d/" + host + "/client.key", client.key);
  }
  std::unique_ptr<registry::ImageSource> image_at(const std::string& host) {
    auto with = options();
    with.certificates = certificates_;
    with.certificates.folders.push_back(path() / "certs.d");
    accesses_.push_back(std::make_unique<registry::Access>(with, reporter_, stop_.get_token()));
    return accesses_.back()->source(registry::Place::parse(host + "/shop/api:1"));
  }
  void fill(FakeRegistry& registry) { registry.put_manifest("shop/api", "1", image_.root()); }
  Error expect_refusal(ErrorKind kind, const std::string& host, const std::string& part) {
    return expect_error(kind, part, [&] { image_at(host)->root(); });
  }

  MemoryImage image_ = make_image();
  TestAuthority authority_;
  TestAuthority other_{"Another Authority"};
  registry::CertificateOptions certificates_;
  std::vector<std::unique_ptr<registry::Access>> accesses_;
};

TEST_F(TlsTest, AnAuthorityInCertsDIsBelieved) {
  FakeRegistry registry({{authority_.issue(for_loopback())}});
  fill(registry);
  trust(registry.host());
  EXPECT_EQ(image_at(registry.host())->root().digest, image_.root().digest);
}

TEST_F(TlsTest, AnAuthorityOfTheUsersIsBelievedForWhatAPlaceNames) {
  FakeRegistry registry({{authority_.issue(for_loopback())}});
  FakeRegistry second({{authority_.issue(for_loopback())}});
  fill(registry);
  write("ca.pem", authority_.certificate());
  certificates_.authorities = {{registry.host(), path() / "ca.pem"}};
  EXPECT_EQ(image_at(registry.host())->root().digest, image_.root().digest);
  certificates_.authorities = {{"", path() / "ca.pem"}};
  EXPECT_EQ(image_at(registry.host())->root().digest, image_.root().digest);
  // Where a redirect leads nothing is believed.
  registry.decide([&](const Received&) { return Answer{307, {{"Location", second.server().url("/x")}}}; });
  expect_refusal(ErrorKind::network, registry.host(), "checking the TLS certificate of " + second.host());
  EXPECT_TRUE(second.server().requests().empty());
}

TEST_F(TlsTest, Hostile188_TheFailedCheckIsNamed) {
  struct Case {
    IssuedCertificate certificate;
    std::string part;
  };
  auto expired = for_loopback();
  expired.days = -1;
  auto elsewhere = for_loopback();
  elsewhere.hosts = {"DNS:elsewhere.example"};
  for (const auto& one :
       std::vector<Case>{{authority_.issue(expired), "certificate has expired"},
                         {authority_.issue(elsewhere), "none of the names in it is 127.0.0.1"},
                         {other_.issue(for_loopback()), "unable to get local issuer certificate"}}) {
    FakeRegistry registry({{one.certificate}});
    trust(registry.host());
    const auto error = expect_refusal(ErrorKind::network, registry.host(),
                                      "checking the TLS certificate of " + registry.host());
    EXPECT_THAT(error.message(), HasSubstr(one.part));
    EXPECT_TRUE(registry.server().requests().empty());
  }
}

TEST_F(TlsTest, Hostile188_OldVersionsAreRefused) {
  FakeRegistry registry({{authority_.issue(for_loopback()), {}, false, TLS1_1_VERSION}});
  trust(registry.host());
  expect_refusal(ErrorKind::network, registry.host(), "opening TLS with " + registry.host());
  EXPECT_TRUE(registry.server().requests().empty());
}

TEST_F(TlsTest, AClientCertificateIsShown) {
  for (const int version : {0, TLS1_2_VERSION}) {
    FakeRegistry registry({{authority_.issue(for_loopback()), other_.certificate(), true, version}});
    fill(registry);
    trust(registry.host());
    show(registry.host(), other_.issue({.name = "me"}));
    EXPECT_EQ(image_at(registry.host())->root().digest, image_.root().digest);
    EXPECT_EQ(registry.server().requests()[0].client, "me");
  }
}

TEST_F(TlsTest, Hostile190_ADemandForACertificateIsExplained) {
  for (const int version : {0, TLS1_2_VERSION}) {
    FakeRegistry registry({{authority_.issue(for_loopback()), other_.certificate(), true, version}});
    trust(registry.host());
    const auto error = expect_error(version == 0 ? ErrorKind::auth : ErrorKind::network, registry.host(),
                                    [&] { image_at(registry.host())->root(); });
    ASSERT_FALSE(error.hints().empty()) << error.message();
    EXPECT_THAT(error.hints()[0], AllOf(HasSubstr("certs.d/" + registry.host()), HasSubstr("--cert")));
    show(registry.host(), authority_.issue({.name = "me"}));
    expect_refusal(ErrorKind::auth, registry.host(), "client.cert");
  }
}

TEST_F(TlsTest, Hostile187_OurCertificateGoesToTheRegistryAlone) {
  const auto server = authority_.issue(for_loopback());
  HttpServer attacker(
      [](const Received&) {
        return Answer{200, {}, R"({"token":"evil"})"};
      },
      ServerTls{server, other_.certificate(), false});
  FakeRegistry registry({{server, other_.certificate()}});
  write("ca.pem", authority_.certificate());
  const auto me = other_.issue({.name = "me"});
  write("me.pem", me.certificate);
  write("me.key", me.key);
  certificates_.authorities = {{"", path() / "ca.pem"}, {attacker.host(), path() / "ca.pem"}};
  certificates_.certificates = {{"", path() / "me.pem"}};
  certificates_.keys = {{"", path() / "me.key"}};
  registry.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.target.find("manifests") != std::string::npos)
      return Answer{307, {{"Location", attacker.url("/blob")}}};
    return std::nullopt;
  });
  expect_error(ErrorKind::unsupported, attacker.url("/blob"), [&] { image_at(registry.host())->root(); });
  registry.decide([&](const Received& request) -> std::optional<Answer> {
    if (request.header("authorization") == "Bearer evil") return std::nullopt;
    return Answer{401, {{"WWW-Authenticate", "Bearer realm=\"" + attacker.url("/token") + '"'}}};
  });
  fill(registry);
  image_at(registry.host())->root();
  ASSERT_EQ(attacker.requests().size(), 2U);
  for (const auto& request : attacker.requests()) EXPECT_EQ(request.client, "");
  for (const auto& request : registry.server().requests()) EXPECT_EQ(request.client, "me");
}

TEST_F(TlsTest, Hostile192_InsecureMeansUncheckedAndThenPlain) {
  FakeRegistry plain;
  FakeRegistry unchecked({{other_.issue({.name = "somebody"})}});
  for (auto* registry : {&plain, &unchecked}) {
    fill(*registry);
    write("registries.conf", "[[registry]]\nlocation=\"" + registry->host() + "\"\ninsecure=true\n");
    auto with = options();
    with.registries = {{path() / "registries.conf"}, {}};
    registry::Access access(with, reporter_, {});
    const auto place = registry::Place::parse(registry->host() + "/shop/api:1");
    EXPECT_EQ(access.source(place)->root().digest, image_.root().digest);
    registry::Access another(with, reporter_, {});
    EXPECT_EQ(another.destination(place)->current("1"), image_.root().digest);
  }
  EXPECT_THAT(reporter_.lines(),
              testing::AllOf(
                  testing::Contains(HasSubstr(plain.host() + " is insecure by registries.conf: it is reached "
                                                             "by plain http")),
                  testing::Contains(HasSubstr("its certificate is not checked"))));
  // Without that word neither is done.
  trust(unchecked.host());
  expect_refusal(ErrorKind::network, unchecked.host(), "checking the TLS certificate");
  trust(plain.host());
  expect_refusal(ErrorKind::network, plain.host(), "opening TLS with");
}

// Without any connection: what is in the folders.
class CertificatesTest : public TlsTest {
 protected:
  std::shared_ptr<const registry::TlsIdentity> find(const std::string& host) {
    Certificates certificates({{path() / "first", path() / "certs.d"}, {}, {}, {}}, reporter_);
    return certificates.find(host);
  }
  const IssuedCertificate one_ = authority_.issue({.name = "one"});
  const IssuedCertificate two_ = authority_.issue({.name = "two"});
};

TEST_F(CertificatesTest, Hostile189_TheFirstFolderOfTheHostCounts) {
  EXPECT_EQ(find("a.b"), nullptr);
  trust("a.b");
  EXPECT_EQ(find("a.b")->authorities, authority_.certificate());
  EXPECT_EQ(find("a.b:443")->authorities, authority_.certificate());
  EXPECT_EQ(find("a.b:5000"), nullptr);
  EXPECT_EQ(find("x.a.b"), nullptr);
  write("certs.d/a.b:5000/other.crt", other_.certificate());
  EXPECT_EQ(find("a.b:5000")->authorities, other_.certificate());
  write("first/a.b/x.crt", other_.certificate());
  write("first/a.b/y.crt", authority_.certificate());
  EXPECT_EQ(find("a.b")->authorities, other_.certificate() + authority_.certificate());
  trust("docker.io");
  EXPECT_EQ(find("registry-1.docker.io")->authorities, authority_.certificate());
}

TEST_F(CertificatesTest, Hostile189_WhatIsWrongNamesTheFile) {
  const auto expect_wrong = [&](const std::string& file, const std::string& part) {
    const auto error = expect_error(ErrorKind::auth, part, [&] { find("a.b"); });
    EXPECT_THAT(error.message(), HasSubstr((path() / "certs.d/a.b" / file).string()));
    EXPECT_THAT(error.message(), testing::Not(HasSubstr("PRIVATE")));
    std::filesystem::remove_all(path() / "certs.d/a.b");
  };
  write("certs.d/a.b/ca.crt", "no certificate");
  expect_wrong("ca.crt", "no certificate in PEM");
  std::filesystem::create_directories(path() / "certs.d/a.b/ca.crt");
  expect_wrong("ca.crt", "directory");
  std::filesystem::create_directories(path() / "certs.d/a.b");
  std::filesystem::create_symlink("absent", path() / "certs.d/a.b/ca.crt");
  expect_wrong("ca.crt", "opening");
  write("certs.d/a.b/me.cert", one_.certificate);
  expect_wrong("me.cert", "without its key");
  write("certs.d/a.b/me.key", one_.key);
  expect_wrong("me.key", "without its certificate");
  show("a.b", {one_.certificate, two_.key});
  expect_wrong("client.key", "is not the key of");
  show("a.b", authority_.issue({.name = "me", .passphrase = "secret"}));
  expect_wrong("client.key", "is encrypted");
  show("a.b", {one_.certificate, one_.certificate});
  expect_wrong("client.key", "no private key");
}

TEST_F(CertificatesTest, Hostile189_OfSeveralPairsTheFirstIsShown) {
  write("certs.d/a.b/2.cert", two_.certificate);
  write("certs.d/a.b/2.key", two_.key);
  write("certs.d/a.b/1.cert", one_.certificate);
  write("certs.d/a.b/1.key", one_.key);
  const auto found = find("a.b");
  EXPECT_EQ(found->certificate, one_.certificate);
  EXPECT_EQ(found->key, one_.key);
  EXPECT_THAT(reporter_.lines(), testing::ElementsAre(HasSubstr("2 client certificates; 1.cert is shown")));
}

TEST_F(CertificatesTest, Hostile189_ACertificateGivenWithoutItsKey) {
  write("me.pem", one_.certificate);
  Certificates certificates({{}, {}, {{"a.b", path() / "me.pem"}}, {}}, reporter_);
  expect_error(ErrorKind::auth, "me.pem is given without its key", [&] { certificates.find("a.b"); });
  EXPECT_EQ(certificates.find("c.d"), nullptr);
}

}  // namespace
}  // namespace whittle::test
