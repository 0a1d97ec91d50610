// A registry in memory that a test can make misbehave: it follows the distribution specification, except
// where a fault that was put in fits a request.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "layers/document.hpp"
#include "tests/support/http_server.hpp"

namespace whittle::test {

class FakeRegistry {
 public:
  explicit FakeRegistry(const std::optional<ServerTls>& tls = {})
      : server_([this](const Received& request) { return answer(request); }, tls) {}

  // The next `times` requests of that method (any when empty) whose target contains `part` get this answer
  // instead.
  void fault(std::string method, std::string part, Answer answer, unsigned times = 1);
  // The same with a function; it decides by returning nothing that the request is answered as usual.
  using Decide = std::function<std::optional<Answer>(const Received&)>;
  void decide(Decide decide);
  void clear_faults();

  // The referrers API, which is off at first, with that many entries on a page (0: all on one). With it on,
  // the upload of a manifest with a subject is answered with OCI-Subject.
  void serve_referrers(std::size_t page = 0);
  // Manifests may bring several tags along (distribution-spec, main branch); up to so many are set.
  void take_tags(std::size_t most);
  // ETags of manifests, none at first; conditions are honoured, or the tags are there for show alone.
  enum class Etags { none, ignored, honoured };
  void use_etags(Etags etags);

  void put_blob(const std::string& repository, std::string bytes);
  void put_manifest(const std::string& repository, const std::string& tag, const layers::Document& document);
  std::optional<Digest> tag(const std::string& repository, const std::string& name) const;
  // The bytes of what a tag or digest names; "" when it is absent.
  std::string manifest(const std::string& repository, const std::string& reference) const;
  void remove_blob(const std::string& repository, const Digest& digest);
  void remove_manifest(const std::string& repository, const Digest& digest);
  bool has_blob(const std::string& repository, const Digest& digest) const;
  std::size_t uploads_opened() const;

  const HttpServer& server() const { return server_; }
  std::string host() const { return server_.host(); }
  // How many requests of that method had `part` in their target.
  std::size_t count(const std::string& method, const std::string& part) const;

 private:
  struct Manifest {
    std::string type;
    std::string bytes;
  };
  struct Repository {
    std::map<std::string, std::string> blobs;
    std::map<std::string, Manifest> manifests;    // by digest
    std::map<std::string, std::string> tags;      // to digest
    std::map<std::string, std::string> sessions;  // what an upload has, by its path
  };
  struct Fault {
    std::string method;
    std::string part;
    Answer answer;
    unsigned times;
  };
  Answer answer(const Received& request);
  std::optional<Answer> faulty(const Received& request);
  Answer serve(const Received& request);
  Answer serve_blob(Repository& repository, const Received& request, const std::string& digest);
  Answer serve_manifest(Repository& repository, const Received& request, const std::string& reference);
  Answer serve_referrers_of(Repository& repository, const Received& request, const std::string& digest);
  Answer serve_upload(Repository& repository, const std::string& name, const Received& request);

  mutable std::mutex mutex_;
  std::map<std::string, Repository> repositories_;
  std::vector<Fault> faults_;
  Decide decide_;
  std::size_t uploads_ = 0;
  std::optional<std::size_t> referrers_page_;
  std::size_t tags_taken_ = 0;
  Etags etags_ = Etags::none;
  HttpServer server_;  // last: its threads use the rest
};

// An answer in the form of the distribution specification's errors.
Answer refusal(int status, const std::string& code, const std::string& message);

}  // namespace whittle::test
