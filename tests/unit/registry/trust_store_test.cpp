// Which authorities are believed: those of a file, and those of its folder that are found by their hash.
#include "registry/trust_store.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>

#include "registry/http_transport.hpp"
#include "tests/support/fake_registry.hpp"
#include "tests/unit/registry/helpers.hpp"

namespace whittle::test {
namespace {

class TrustStoreTest : public PlaceTest {
 protected:
  std::string get(const std::string& authorities) {
    registry::TransportOptions options;
    options.authorities = authorities;
    registry::HttpTransport transport(options, {});
    auto response = transport.send({"GET", registry::Url::parse(server_.url("/"))});
    return read_all(*response.body, 1000, "an answer");
  }
  std::string put(const std::string& name, const std::string& text) {
    make_directories((path() / name).parent_path());
    write_file(path() / name, text, AtomicFile::Durability::content);
    return path() / name;
  }
  static std::string hashed_name(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
    return fmt::format(
        "{:08x}.0", X509_NAME_hash_ex(X509_get_subject_name(certificate.get()), nullptr, nullptr, nullptr));
  }
  void expect_distrust(const std::string& authorities) {
    expect_error(ErrorKind::network, "checking the TLS certificate", [&] { get(authorities); });
  }

  TestAuthority authority_;
  TestAuthority other_{"Another Authority"};
  HttpServer server_{[](const Received&) {
                       return Answer{200, {}, "hello"};
                     },
                     ServerTls{authority_.issue(for_loopback())}};
};

TEST_F(TrustStoreTest, AFileIsBelievedWhereverItStandsInIt) {
  EXPECT_EQ(get(put("one/all.pem", other_.certificate() + authority_.certificate())), "hello");
}

TEST_F(TrustStoreTest, TheFolderOfTheFileIsBelievedByHash) {
  put("two/" + hashed_name(authority_.certificate()), authority_.certificate());
  EXPECT_EQ(get(put("two/all.pem", other_.certificate())), "hello");
  // A certificate that merely lies there is found by nobody.
  put("three/ca.pem", authority_.certificate());
  expect_distrust(put("three/all.pem", other_.certificate()));
}

TEST_F(TrustStoreTest, WithoutAuthoritiesNobodyIsBelieved) {
  expect_distrust("");
  expect_distrust(path() / "absent/all.pem");
  expect_distrust(put("four/all.pem", "no certificate"));
}

}  // namespace
}  // namespace whittle::test
