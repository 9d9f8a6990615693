//! The catalogue: one row per type of secret. To add a type, add a row.
//!
//! Formats are the providers' own, as their documentation or their scanners' partners publish them.

use super::SecretType;
use super::alphabet::{
    ALNUM, ANY_HEX, Alphabet, BASE58, BASE64, BASE64URL, DIGIT, HEX, LETTER, LOWER_NUM, UPPER_HEX, UPPER_NUM,
};
use super::matchers::Part::{Lit, Run};
use super::matchers::{grammar, infix, runs, tail};
use super::{assignment, checks, grammars};
use crate::base::{Layer, Rule, Severity};

macro_rules! catalogue {
    ($($name:literal $severity:ident $what:literal [$($form:expr),* $(,)?])+) => {
        /// Every type of secret, in the order of the documentation's table.
        pub(in super::super) const TYPES: &[SecretType] = &[$(SecretType {
            name: $name,
            rule: Rule::new(
                Layer::OutboundDlp,
                concat!("l3/secret/", $name),
                Severity::$severity,
                concat!("The text holds ", $what),
            ),
            forms: &[$($form),*],
        }),+];
    };
}

const DIGITS_DASH: Alphabet = DIGIT.and(Alphabet::of("-"));
const BASE64_PAD: Alphabet = BASE64.and(Alphabet::of("="));
const BLANK: Alphabet = Alphabet::of(" ");
const LINE_END: Alphabet = Alphabet::of("\\nr\r\n");
const BASE64_LINES: Alphabet = BASE64.and(Alphabet::of("=\\\r\n"));
const BCRYPT: Alphabet = ALNUM.and(Alphabet::of("./"));
const CRYPT: Alphabet = ALNUM.and(Alphabet::of("./$=,+"));
const AZURE_APP: Alphabet = ALNUM.and(Alphabet::of("_.~-"));
const UUID: Alphabet = HEX.and(Alphabet::of("-"));

catalogue! {
    // Source hosting, packages, builds.
    "github-token" Critical "a GitHub token" [
        tail(&["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], &[Run(ALNUM, 36, 36)]).open().check(checks::crc_base62),
        tail(&["github_pat_"], &[Run(ALNUM, 22, 22), Lit("_"), Run(ALNUM, 59, 59)]).open(),
    ]
    "gitlab-token" Critical "a GitLab token" [
        tail(
            &["glpat-", "gldt-", "glrt-", "glft-", "glsoat-", "glffct-", "glcbt-", "glptt-", "glagent-", "glimt-", "gloas-"],
            &[Run(BASE64URL, 20, 20)],
        ).open(),
    ]
    "bitbucket-token" Critical "a Bitbucket password or token" [
        tail(&["ATBB"], &[Run(ALNUM, 24, 24), Run(UPPER_HEX, 8, 8)]),
        tail(&["ATCTT3xFfGF0"], &[Run(BASE64URL, 100, 100)]).open(),
    ]
    "atlassian-token" Critical "an Atlassian API token" [
        tail(&["ATATT3xFfGF0"], &[Run(BASE64URL, 100, 100)]).open(),
    ]
    "npm-token" Critical "an npm token" [
        tail(&["npm_"], &[Run(ALNUM, 36, 36)]).open().check(checks::crc_base62),
        tail(&["_authToken="], &[Run(UUID, 36, 36)]).check(checks::any_letters),
    ]
    "pypi-token" Critical "a PyPI token" [
        tail(&["pypi-AgEIcHlwaS5vcmc"], &[Run(BASE64URL, 50, 50)]).open().check(checks::macaroon),
        tail(&["pypi-AgENdGVzdC5weXBpLm9yZw"], &[Run(BASE64URL, 50, 50)]).open(),
    ]
    "crates-io-token" Critical "a crates.io token" [
        tail(&["cio"], &[Run(ALNUM, 32, 32)]).check(checks::random),
    ]
    "rubygems-token" Critical "a RubyGems token" [
        tail(&["rubygems_"], &[Run(HEX, 48, 48)]).open(),
    ]
    "nuget-key" Critical "a NuGet key" [
        tail(&["oy2"], &[Run(LOWER_NUM, 43, 43)]).check(checks::random),
    ]
    "clojars-token" Critical "a Clojars token" [
        tail(&["CLOJARS_"], &[Run(LOWER_NUM, 60, 60)]).open(),
    ]
    "packagist-token" High "a Packagist token" [
        tail(
            &["packagist_ort_", "packagist_ack_", "packagist_acs_", "packagist_uut_", "packagist_out_"],
            &[Run(HEX, 40, 40)],
        ).open(),
    ]
    "docker-token" Critical "a Docker Hub token" [
        tail(&["dckr_pat_", "dckr_oat_"], &[Run(BASE64URL, 27, 27)]).open(),
    ]
    "registry-login" Critical "the login to a container registry" [
        grammar(&["\"auth\"", "\\\"auth\\\""], grammars::registry_auth),
    ]
    "jfrog-token" Critical "a JFrog token" [
        tail(&["AKCp"], &[Run(ALNUM, 69, 73)]),
        tail(&["cmVmdGtuOj"], &[Run(ALNUM, 50, 50)]).open(),
    ]
    "circleci-token" Critical "a CircleCI token" [
        tail(&["CCIPAT_", "CCIPRJ_"], &[Run(ALNUM, 20, 24), Lit("_"), Run(HEX, 40, 40)]).open(),
    ]
    "buildkite-token" Critical "a Buildkite token" [
        tail(&["bkua_"], &[Run(HEX, 40, 40)]).open(),
    ]
    "sonarqube-token" Critical "a SonarQube token" [
        tail(&["squ_", "sqp_", "sqa_"], &[Run(HEX, 40, 40)]).open(),
    ]
    "postman-key" Critical "a Postman API key" [
        tail(&["PMAK-"], &[Run(HEX, 24, 24), Lit("-"), Run(HEX, 34, 34)]).open(),
    ]
    "sentry-token" Critical "a Sentry token" [
        tail(&["sntryu_"], &[Run(HEX, 64, 64)]).open(),
        tail(&["sntrys_eyJ"], &[Run(BASE64_PAD, 60, 512), Lit("_"), Run(BASE64, 40, 64)]).open().check(checks::holds_json),
    ]
    "terraform-token" Critical "a Terraform Cloud token" [
        infix(&[Run(ALNUM, 14, 14)], &[".atlasv1."], &[Run(BASE64URL, 60, 60)]).open(),
    ]
    "pulumi-token" Critical "a Pulumi token" [
        tail(&["pul-"], &[Run(HEX, 40, 40)]),
    ]
    "infracost-key" High "an Infracost key" [
        tail(&["ico-"], &[Run(ALNUM, 32, 32)]).check(checks::random),
    ]
    "prefect-key" Critical "a Prefect key" [
        tail(&["pnu_"], &[Run(ALNUM, 36, 36)]),
    ]
    "doppler-token" Critical "a Doppler token" [
        tail(&["dp.pt.", "dp.sa.", "dp.scim.", "dp.audit."], &[Run(ALNUM, 40, 44)]),
        infix(&[], &["dp.st."], &[Run(BASE64URL.and(Alphabet::of(".")), 40, 90)]),
    ]
    "vault-token" Critical "a HashiCorp Vault token" [
        tail(&["hvs.", "hvb.", "hvr."], &[Run(BASE64URL, 24, 24)]).open(),
    ]
    // Clouds.
    "aws-access-key-id" High "an AWS access key id" [
        tail(&["AKIA", "ASIA", "ABIA", "ACCA"], &[Run(UPPER_NUM, 16, 16)]).check(checks::aws_id),
    ]
    "aws-secret-key" Critical "an AWS secret access key" [
        grammar(&["AKIA", "ASIA"], grammars::near_aws_id),
    ]
    "aws-session-token" Critical "an AWS session token" [
        tail(&["IQoJb3JpZ2lu", "FwoGZXIvYXdz"], &[Run(BASE64, 200, 1024)]),
    ]
    "aws-bedrock-key" Critical "an Amazon Bedrock key" [
        tail(&["ABSKQmVkcm9ja0FQSUtleS"], &[Run(BASE64_PAD, 60, 60)]).open(),
        tail(&["bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t"], &[Run(BASE64_PAD, 20, 20)]).open(),
    ]
    "aws-presigned-url" High "a presigned URL" [
        tail(&["X-Amz-Signature=", "X-Goog-Signature=", "x-amz-signature="], &[Run(ANY_HEX, 64, 512)]),
    ]
    "google-api-key" Critical "a Google API key" [
        tail(&["AIza"], &[Run(BASE64URL, 35, 35)]).check(checks::random),
        tail(&["AQ.Ab8RN6"], &[Run(BASE64URL, 44, 44)]).open(),
    ]
    "google-oauth-secret" Critical "a Google OAuth secret or token" [
        tail(&["GOCSPX-"], &[Run(BASE64URL, 28, 28)]).open(),
        tail(&["ya29."], &[Run(BASE64URL, 30, 1024)]),
        tail(&["1//0"], &[Run(BASE64URL, 40, 120)]).check(checks::random),
    ]
    "firebase-server-key" Critical "a Firebase server key" [
        infix(&[Lit("AAAA"), Run(BASE64URL, 7, 7)], &[":APA91b"], &[Run(BASE64URL, 134, 134)]).open(),
    ]
    "azure-app-secret" Critical "a secret of an Azure application" [
        infix(&[Run(ALNUM.and(Alphabet::of("_~.-")), 3, 3), Run(DIGIT, 1, 1)], &["Q~"], &[Run(AZURE_APP, 31, 34)]).check(checks::random),
    ]
    "azure-key" Critical "an Azure key" [
        tail(&["AccountKey=", "SharedAccessKey="], &[Run(BASE64, 40, 88), Run(Alphabet::of("="), 0, 2)]),
        infix(&[Run(BASE64, 76, 76)], &["+ASt", "+ABa", "ACDb"], &[Run(BASE64, 6, 6), Lit("==")]),
        infix(&[Run(BASE64, 33, 33)], &["+ASb", "+AEh", "+ACR", "AzFu"], &[Run(BASE64, 6, 6), Lit("=")]),
        infix(&[Run(ALNUM, 52, 52)], &["JQQJ99"], &[Run(ALNUM, 26, 26)]).open(),
    ]
    "azure-sas" High "a shared access signature" [
        grammar(&["sig="], grammars::shared_access_signature),
    ]
    "digitalocean-token" Critical "a DigitalOcean token" [
        tail(&["dop_v1_", "doo_v1_", "dor_v1_"], &[Run(HEX, 64, 64)]).open(),
    ]
    "heroku-key" Critical "a Heroku key" [
        tail(&["HRKU-AA"], &[Run(BASE64URL, 50, 50)]).open(),
    ]
    "cloudflare-token" Critical "a Cloudflare token" [
        tail(&["cfut_", "cfat_", "cfk_"], &[Run(ALNUM, 40, 40), Run(HEX, 8, 8)]),
        tail(&["v1.0-"], &[Run(HEX, 24, 24), Lit("-"), Run(HEX, 146, 146)]),
    ]
    "alibaba-key-id" High "an Alibaba Cloud key id" [
        tail(&["LTAI"], &[Run(ALNUM, 17, 21)]).check(checks::random),
    ]
    "tencent-key-id" High "a Tencent Cloud key id" [
        tail(&["AKID"], &[Run(ALNUM, 32, 32)]).check(checks::random),
    ]
    "yandex-key" High "a Yandex Cloud key" [
        tail(&["AQVN"], &[Run(BASE64URL, 35, 38)]).check(checks::random),
        tail(&["YCAJE", "YCA"], &[Run(BASE64URL, 36, 38)]).check(checks::random),
    ]
    "scaleway-key-id" High "a Scaleway key id" [
        tail(&["SCW"], &[Run(UPPER_NUM, 17, 17)]).check(checks::random),
    ]
    "vercel-token" Critical "a Vercel token" [
        tail(&["vcp_", "vci_", "vca_", "vcr_", "vck_"], &[Run(ALNUM, 56, 56)]).open(),
    ]
    "netlify-token" Critical "a Netlify token" [
        tail(&["nfp_"], &[Run(ALNUM, 36, 36)]),
    ]
    "render-key" Critical "a Render key" [
        tail(&["rnd_"], &[Run(ALNUM, 28, 28)]).check(checks::random),
    ]
    "fly-token" Critical "a Fly.io token" [
        tail(&["fm2_", "fm1r_", "fm1a_"], &[Run(BASE64_PAD, 80, 1024)]),
        tail(&["fo1_"], &[Run(BASE64URL, 43, 43)]),
    ]
    "supabase-key" Critical "a Supabase key" [
        tail(&["sbp_"], &[Run(HEX, 40, 40)]).open(),
        tail(&["sb_secret_"], &[Run(BASE64URL, 31, 31)]).open(),
    ]
    "neon-key" Critical "a Neon key" [
        tail(&["napi_"], &[Run(LOWER_NUM, 60, 68)]),
    ]
    "planetscale-token" Critical "a PlanetScale password or token" [
        tail(&["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], &[Run(BASE64URL, 32, 32)]).open(),
    ]
    "mongodb-atlas-secret" Critical "a MongoDB Atlas secret" [
        tail(&["mdb_sa_sk_"], &[Run(BASE64URL, 40, 40)]).open(),
    ]
    "cockroachdb-key" Critical "a CockroachDB key" [
        tail(&["CCDB1_"], &[Run(ALNUM, 22, 22), Lit("_"), Run(ALNUM, 40, 40)]).open(),
    ]
    "databricks-token" Critical "a Databricks token" [
        tail(&["dapi"], &[Run(HEX, 32, 32)]),
    ]
    "tailscale-key" Critical "a Tailscale key" [
        tail(&["tskey-auth-", "tskey-api-", "tskey-client-", "tskey-scim-", "tskey-webhook-"], &[Run(ALNUM, 10, 24), Lit("-"), Run(ALNUM, 20, 48)]).open(),
    ]
    "aiven-password" Critical "a password or token of Aiven" [
        tail(&["AVNS_"], &[Run(BASE64URL, 19, 19)]).open(),
    ]
    "confluent-key" Critical "a Confluent key" [
        tail(&["cflt"], &[Run(BASE64, 60, 60)]).open().check(checks::random),
    ]
    "okta-token" Critical "an Okta token" [
        tail(&["SSWS "], &[Run(BASE64URL, 40, 42)]),
    ]
    "sourcegraph-token" Critical "a Sourcegraph token" [
        tail(&["sgp_", "slk_"], &[Run(HEX, 40, 64)]),
        tail(&["sgp_local_"], &[Run(HEX, 40, 40)]),
    ]
    // AI providers.
    "openai-key" Critical "an OpenAI key" [
        runs(&["T3BlbkFJ"], grammars::openai),
    ]
    "anthropic-key" Critical "an Anthropic key" [
        tail(&["sk-ant-"], &[Run(BASE64URL, 80, 80)]).open(),
    ]
    "huggingface-token" Critical "a Hugging Face token" [
        tail(&["hf_"], &[Run(LETTER, 34, 34)]),
        tail(&["api_org_"], &[Run(LETTER, 34, 34)]),
    ]
    "groq-key" Critical "a Groq key" [
        tail(&["gsk_"], &[Run(ALNUM, 52, 52)]).open(),
    ]
    "xai-key" Critical "an xAI key" [
        tail(&["xai-"], &[Run(ALNUM, 80, 80)]).open(),
    ]
    "perplexity-key" Critical "a Perplexity key" [
        tail(&["pplx-"], &[Run(ALNUM, 48, 48)]).open(),
    ]
    "openrouter-key" Critical "an OpenRouter key" [
        tail(&["sk-or-v1-"], &[Run(HEX, 64, 64)]).open(),
    ]
    "together-key" Critical "a Together key" [
        tail(&["tgp_v1_"], &[Run(BASE64URL, 43, 43)]).open(),
    ]
    "fireworks-key" Critical "a Fireworks key" [
        tail(&["fw_"], &[Run(ALNUM, 22, 24)]).check(checks::random),
    ]
    "nvidia-key" Critical "an NVIDIA key" [
        tail(&["nvapi-"], &[Run(BASE64URL, 60, 60)]).open(),
    ]
    "cerebras-key" Critical "a Cerebras key" [
        tail(&["csk-"], &[Run(LOWER_NUM, 48, 48)]),
    ]
    "replicate-token" Critical "a Replicate token" [
        tail(&["r8_"], &[Run(ALNUM, 37, 37)]),
    ]
    "pinecone-key" Critical "a Pinecone key" [
        tail(&["pcsk_"], &[Run(ALNUM, 5, 6), Lit("_"), Run(ALNUM, 63, 63)]).open(),
    ]
    "langsmith-key" Critical "a LangSmith key" [
        tail(&["lsv2_pt_", "lsv2_sk_"], &[Run(HEX, 32, 32), Lit("_"), Run(HEX, 10, 10)]).open(),
    ]
    "langfuse-key" Critical "a Langfuse key" [
        tail(&["sk-lf-"], &[Run(UUID, 36, 36)]).open().check(checks::any_letters),
    ]
    "tavily-key" Critical "a Tavily key" [
        tail(&["tvly-"], &[Run(BASE64URL, 30, 64)]).check(checks::random),
    ]
    "firecrawl-key" Critical "a Firecrawl key" [
        tail(&["fc-"], &[Run(HEX, 32, 32)]),
    ]
    "elevenlabs-key" Critical "an ElevenLabs key" [
        tail(&["sk_"], &[Run(HEX, 48, 48)]),
    ]
    "voyage-key" Critical "a Voyage key" [
        tail(&["pa-"], &[Run(BASE64URL, 43, 43)]).check(checks::random),
    ]
    "brave-search-key" Critical "a Brave Search key" [
        tail(&["BSA"], &[Run(BASE64URL, 27, 28)]).check(checks::random),
    ]
    "wandb-key" Critical "a Weights & Biases key" [
        tail(&["wandb_v1_"], &[Run(BASE64URL, 70, 70)]).open(),
    ]
    "sk-key" High "a key of the form `sk-…`" [
        tail(&["sk-"], &[Run(ALNUM, 20, 64)]).check(checks::random),
        tail(&["sk_"], &[Run(ALNUM, 24, 64)]).check(checks::random),
        tail(&["sk-proj-", "sk-svcacct-", "sk-admin-"], &[Run(BASE64URL, 20, 200)]).check(checks::random),
    ]
    // Payments, messages, services.
    "stripe-key" Critical "a Stripe key" [
        tail(&["sk_live_", "rk_live_", "sk_prod_", "rk_prod_"], &[Run(ALNUM, 16, 16)]).open(),
        tail(&["sk_test_", "rk_test_"], &[Run(ALNUM, 16, 16)]).open(),
        tail(&["whsec_"], &[Run(BASE64_PAD, 32, 32)]).open(),
    ]
    "square-token" Critical "a Square token" [
        tail(&["EAAA"], &[Run(BASE64URL, 60, 60)]).check(checks::random),
        tail(&["sq0csp-"], &[Run(BASE64URL, 43, 43)]).open(),
        tail(&["sq0atp-"], &[Run(BASE64URL, 22, 22)]).open(),
    ]
    "braintree-token" Critical "a Braintree token" [
        tail(&["access_token$production$", "access_token$sandbox$"], &[Run(LOWER_NUM, 16, 16), Lit("$"), Run(HEX, 32, 32)]).open(),
    ]
    "plaid-token" Critical "a Plaid token" [
        tail(&["access-sandbox-", "access-production-", "access-development-"], &[Run(UUID, 36, 36)]).open().check(checks::any_letters),
    ]
    "shopify-token" Critical "a Shopify token" [
        tail(&["shpat_", "shpca_", "shppa_", "shpss_"], &[Run(ANY_HEX, 32, 32)]).open(),
    ]
    "razorpay-key" High "a Razorpay key" [
        tail(&["rzp_live_"], &[Run(ALNUM, 14, 14)]).open(),
    ]
    "paypal-token" Critical "a PayPal token" [
        tail(&["A21AA"], &[Run(BASE64URL, 80, 120)]).check(checks::random),
    ]
    "xendit-key" Critical "a Xendit key" [
        tail(&["xnd_production_", "xnd_development_"], &[Run(ALNUM, 40, 40)]).open(),
    ]
    "slack-token" Critical "a Slack token" [
        tail(&["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxc-", "xoxd-", "xoxe-", "xoxe."], &[Run(DIGITS_DASH, 8, 48), Run(BASE64URL, 16, 80)]).open(),
        tail(&["xapp-"], &[Run(DIGIT, 1, 1), Lit("-"), Run(UPPER_NUM, 8, 16), Lit("-"), Run(DIGIT, 10, 16), Lit("-"), Run(HEX, 64, 64)]).open(),
    ]
    "slack-webhook" Critical "the address of a Slack webhook" [
        tail(&["hooks.slack.com/services/T", "hooks.slack.com/workflows/T"], &[Run(UPPER_NUM, 6, 14), Lit("/"), Run(UPPER_NUM, 6, 14), Lit("/"), Run(ALNUM, 18, 30)]).open(),
    ]
    "discord-token" Critical "a Discord bot token" [
        tail(DISCORD, &[Run(BASE64URL, 20, 26), Lit("."), Run(BASE64URL, 6, 6), Lit("."), Run(BASE64URL, 27, 38)]).check(checks::snowflake),
    ]
    "discord-webhook" Critical "the address of a Discord webhook" [
        tail(&["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], &[Run(DIGIT, 17, 20), Lit("/"), Run(BASE64URL, 60, 72)]).open(),
    ]
    "telegram-token" Critical "a Telegram bot token" [
        infix(&[Run(DIGIT, 8, 10)], &[":AA"], &[Run(BASE64URL, 33, 33)]),
    ]
    "teams-webhook" Critical "the address of a Teams webhook" [
        infix(&[], &[".webhook.office.com/webhookb2/"], &[Run(UUID.and(Alphabet::of("@")), 73, 73)]).open().check(checks::any_letters),
    ]
    "zapier-webhook" High "the address of a Zapier webhook" [
        tail(&["hooks.zapier.com/hooks/catch/"], &[Run(DIGIT, 4, 10), Lit("/"), Run(LOWER_NUM, 6, 12)]).open(),
    ]
    "make-webhook" High "the address of a Make webhook" [
        infix(&[], &["hook.eu1.make.com/", "hook.eu2.make.com/", "hook.us1.make.com/", "hook.us2.make.com/"], &[Run(LOWER_NUM, 32, 32)]).open(),
    ]
    "twilio-key" Critical "a Twilio key" [
        tail(&["SK"], &[Run(HEX, 32, 32)]),
    ]
    "sendgrid-key" Critical "a SendGrid key" [
        tail(&["SG."], &[Run(BASE64URL, 22, 22), Lit("."), Run(BASE64URL, 43, 43)]).open(),
    ]
    "mailgun-key" Critical "a Mailgun key" [
        tail(&["key-"], &[Run(HEX, 32, 32)]),
    ]
    "mailchimp-key" Critical "a Mailchimp key" [
        infix(&[Run(HEX, 32, 32)], &["-us"], &[Run(DIGIT, 1, 2)]),
    ]
    "brevo-key" Critical "a Brevo key" [
        tail(&["xkeysib-", "xsmtpsib-"], &[Run(HEX, 64, 64), Lit("-"), Run(ALNUM, 16, 16)]).open(),
    ]
    "resend-key" Critical "a Resend key" [
        tail(&["re_"], &[Run(BASE58, 8, 8), Lit("_"), Run(BASE58, 24, 24)]),
    ]
    "hubspot-token" Critical "a HubSpot token" [
        tail(&["pat-na1-", "pat-na2-", "pat-eu1-"], &[Run(UUID, 36, 36)]).open().check(checks::any_letters),
    ]
    "klaviyo-key" Critical "a Klaviyo key" [
        tail(&["pk_"], &[Run(HEX, 34, 34)]),
    ]
    "notion-token" Critical "a Notion token" [
        tail(&["ntn_"], &[Run(DIGIT, 11, 11), Run(ALNUM, 35, 35)]).open(),
        tail(&["secret_"], &[Run(ALNUM, 43, 43)]).check(checks::random),
    ]
    "linear-key" Critical "a Linear key" [
        tail(&["lin_api_", "lin_oauth_"], &[Run(ALNUM, 40, 40)]).open(),
    ]
    "figma-token" Critical "a Figma token" [
        tail(&["figd_"], &[Run(BASE64URL, 40, 40)]).open(),
    ]
    "airtable-token" Critical "an Airtable token" [
        tail(&["pat"], &[Run(ALNUM, 14, 14), Lit("."), Run(HEX, 64, 64)]),
    ]
    "dropbox-token" Critical "a Dropbox token" [
        tail(&["sl.u.", "sl.B", "sl.A"], &[Run(BASE64URL, 120, 1400)]),
    ]
    "contentful-token" Critical "a Contentful token" [
        tail(&["CFPAT-"], &[Run(BASE64URL, 43, 43)]).open(),
    ]
    "mapbox-token" Critical "a secret Mapbox token" [
        tail(&["sk.eyJ"], &[Run(BASE64URL, 40, 400), Lit("."), Run(BASE64URL, 20, 24)]),
    ]
    "newrelic-key" Critical "a New Relic key" [
        tail(&["NRAK-"], &[Run(UPPER_NUM, 27, 27)]).open(),
        infix(&[Run(HEX, 36, 36)], &["NRAL"], &[]),
    ]
    "grafana-token" Critical "a Grafana token" [
        tail(&["glsa_"], &[Run(ALNUM, 32, 32), Lit("_"), Run(ANY_HEX, 8, 8)]).open().check(checks::crc_grafana),
        tail(&["glc_eyJ"], &[Run(BASE64_PAD, 60, 60)]).open().check(checks::holds_json),
    ]
    "dynatrace-token" Critical "a Dynatrace token" [
        tail(&["dt0c01.", "dt0s01.", "dt0s16."], &[Run(UPPER_NUM, 24, 24), Lit("."), Run(UPPER_NUM, 64, 64)]).open(),
    ]
    "posthog-key" Critical "a PostHog personal key" [
        tail(&["phx_"], &[Run(BASE64URL, 43, 64)]).check(checks::random),
    ]
    "launchdarkly-key" Critical "a LaunchDarkly key" [
        tail(&["sdk-", "api-"], &[Run(UUID, 36, 36)]).check(uuid_behind_dash),
    ]
    "facebook-token" Critical "a Facebook access token" [
        tail(&["EAAB", "EAAC", "EAAD", "EAAE", "EAAF", "EAAG", "EAAJ", "EAAM"], &[Run(ALNUM, 100, 400)]),
    ]
    "x-bearer-token" Critical "a bearer token of X" [
        tail(&["AAAAAAAAAAAAAAAAAAAAA"], &[Run(ALNUM.and(Alphabet::of("%")), 80, 120)]).check(percent_marked),
    ]
    "onepassword-token" Critical "a 1Password service account token" [
        tail(&["ops_eyJ"], &[Run(BASE64URL, 80, 80)]).open().check(checks::holds_json),
    ]
    "cloudsmith-key" High "a Cloudsmith key" [
        tail(&["csa_"], &[Run(HEX, 36, 36)]),
    ]
    "zuplo-key" High "a Zuplo key" [
        tail(&["zpka_"], &[Run(HEX, 32, 32), Lit("_"), Run(HEX, 8, 8)]).open(),
    ]
    "runpod-key" High "a RunPod key" [
        tail(&["rpa_"], &[Run(ALNUM, 42, 46)]).check(checks::random),
    ]
    "adyen-key" Critical "an Adyen key" [
        tail(&["AQE"], &[Run(BASE64, 80, 300)]).check(checks::random),
    ]
    "intercom-token" Critical "an Intercom token" [
        tail(&["dG9rO"], &[Run(BASE64, 50, 80), Run(Alphabet::of("="), 0, 2)]).open(),
    ]
    "flutterwave-key" Critical "a Flutterwave key" [
        tail(&["FLWSECK-", "FLWSECK_TEST-"], &[Run(ALNUM, 32, 32), Lit("-X")]).open(),
        tail(&["FLWSECK_TEST-"], &[Run(ALNUM, 32, 32)]).open(),
    ]
    "shippo-token" Critical "a Shippo token" [
        tail(&["shippo_live_", "shippo_test_"], &[Run(HEX, 40, 40)]).open(),
    ]
    "easypost-key" Critical "an EasyPost key" [
        tail(&["EZAK", "EZTK"], &[Run(ALNUM, 54, 54)]).open(),
    ]
    "duffel-token" Critical "a Duffel token" [
        tail(&["duffel_live_", "duffel_test_"], &[Run(BASE64URL, 43, 43)]).open(),
    ]
    "frameio-token" Critical "a Frame.io token" [
        tail(&["fio-u-"], &[Run(BASE64URL, 64, 64)]),
    ]
    "readme-key" High "a ReadMe key" [
        tail(&["rdme_"], &[Run(LOWER_NUM, 70, 70)]).open(),
    ]
    "typeform-token" Critical "a Typeform token" [
        tail(&["tfp_"], &[Run(BASE64URL.and(Alphabet::of(".")), 59, 59)]),
    ]
    "asana-token" Critical "an Asana token" [
        infix(&[Lit("1/"), Run(DIGIT, 13, 16)], &[":"], &[Run(HEX, 32, 32)]),
        infix(&[Lit("2/"), Run(DIGIT, 13, 16), Lit("/"), Run(DIGIT, 13, 16)], &[":"], &[Run(HEX, 32, 32)]),
    ]
    "clickup-token" Critical "a ClickUp token" [
        tail(&["pk_"], &[Run(DIGIT, 6, 9), Lit("_"), Run(UPPER_NUM, 32, 32)]),
    ]
    // Keys and containers of keys.
    "seed-phrase" Critical "the recovery phrase of a wallet" []
    "wallet-key" Critical "the private key of a wallet" [
        tail(&["xprv", "yprv", "zprv", "tprv", "uprv", "vprv"], &[Run(BASE58, 107, 108)]).check(checks::base58check),
        tail(WIF, &[Run(BASE58, 49, 50)]).check(checks::base58check_only),
    ]
    "minisign-key" Critical "a secret key of minisign" [
        tail(&["RWRTY0Iy"], &[Run(BASE64, 180, 220), Run(Alphabet::of("="), 0, 2)]).open(),
    ]
    "onepassword-secret-key" Critical "a secret key of 1Password" [
        tail(&["A3-"], &[Run(UPPER_NUM, 6, 6), Lit("-"), Run(UPPER_NUM, 6, 11), Lit("-"), Run(UPPER_NUM, 5, 6), Lit("-"), Run(UPPER_NUM, 5, 6), Lit("-"), Run(UPPER_NUM, 5, 6)]),
    ]
    "pgpass-entry" Critical "a line of a password file of PostgreSQL" [
        grammar(&[":5432:", ":5433:", ":5434:", ":6432:", ":3306:", ":6543:"], grammars::password_file),
    ]
    "private-key" Critical "a private key" [
        grammar(&["-----BEGIN "], grammars::pem),
        tail(&["b3BlbnNzaC1rZXktdjEAAAA"], &[Run(BASE64, 64, 64)]).open(),
    ]
    "putty-key" Critical "a private key of PuTTY" [
        tail(&["Private-Lines:"], &[Run(BLANK, 0, 1), Run(DIGIT, 1, 3), Run(LINE_END, 1, 8), Run(BASE64_LINES, 56, 80)]).open(),
    ]
    "age-key" Critical "an identity of age" [
        tail(&["AGE-SECRET-KEY-1"], &[Run(UPPER_NUM, 58, 58)]).open().check(checks::bech32),
    ]
    "password-hash" High "the hash of a password" [
        tail(&["$2a$", "$2b$", "$2y$"], &[Run(DIGIT, 2, 2), Lit("$"), Run(BCRYPT, 53, 53)]).open().check(checks::any_letters),
        tail(&["$6$", "$5$", "$y$", "$7$"], &[Run(CRYPT, 40, 40)]).open().check(checks::any_letters),
        tail(&["$argon2id$v=", "$argon2i$v="], &[Run(CRYPT, 40, 40)]).open().check(checks::any_letters),
        tail(&["$1$"], &[Run(BCRYPT, 2, 8), Lit("$"), Run(BCRYPT, 22, 22)]).open().check(checks::any_letters),
        tail(&["$scrypt$", "$pbkdf2-sha256$", "$pbkdf2-sha512$"], &[Run(CRYPT, 40, 40)]).open().check(checks::any_letters),
        tail(&["pbkdf2_sha256$"], &[Run(DIGIT, 4, 8), Lit("$"), Run(ALNUM, 8, 32), Lit("$"), Run(BASE64, 40, 44)]).open().check(checks::any_letters),
        tail(&["SSHA}", "SSHA512}", "SSHA256}"], &[Run(BASE64, 28, 200)]).open().check(checks::any_letters),
        tail(&["$apr1$"], &[Run(BCRYPT, 2, 8), Lit("$"), Run(BCRYPT, 22, 22)]).open().check(checks::any_letters),
    ]
    "jwt" High "a JSON web token" [
        runs(&["eyJ", "ewog"], grammars::jwt),
    ]
    "url-password" Critical "a password inside a URL" [
        grammar(&["://"], grammars::userinfo),
    ]
    "authorization-header" High "an authorization header" [
        grammar(&["uthorization", "UTHORIZATION", "Bearer ", "bearer "], grammars::authorization),
    ]
    "session-cookie" High "a session cookie" [
        grammar(&["ookie"], grammars::cookie),
    ]
    "otp-seed" Critical "the seed of one-time passwords" [
        grammar(&["otpauth://"], grammars::one_time_password),
    ]
    // Known by their names only.
    "password" High "a password behind its name" [
        grammar(
            &["passw", "Passw", "PASSW", "passphrase", "Passphrase", "PASSPHRASE", "pwd", "Pwd", "PWD", "_pass", "_PASS", "dbPass", "DbPass", "passcode"],
            assignment::password,
        ),
    ]
    "named-secret" High "a key, token or secret behind its name" [
        grammar(
            &["secret", "Secret", "SECRET", "token", "Token", "TOKEN", "key", "Key", "KEY", "credential", "Credential", "CREDENTIAL", "sessionid", "sessid"],
            assignment::drawn,
        ),
    ]
}

/// How a private key of Bitcoin in the wallet import format begins: `5` and letters up to `K`, `K` or `L` and any.
const WIF: &[&str] = &["5H", "5J", "5K", "Kw", "Kx", "Ky", "Kz", "L1", "L2", "L3", "L4", "L5"];

/// What base64 of a numeric id starts with.
const DISCORD: &[&str] = &[
    "MTA", "MTE", "MTI", "MTM", "MTQ", "MTU", "MTY", "MTc", "MTg", "MTk", "MjA", "MjE", "MjI", "MjM", "MjQ",
    "MjU", "MjY", "Mjc", "Mjg", "Mjk", "MzA", "MzE", "MzI", "MzM", "MzQ", "MzU", "MzY", "Mzc", "Mzg", "Mzk",
    "NDA", "NDE", "NDI", "NDM", "NDQ", "NDU", "NDY", "NDc", "NDg", "NDk", "NTA", "NTE", "NTI", "NTM", "NTQ",
    "NTU", "NTY", "NTc", "NTg", "NTk", "NjA", "NjE", "NjI", "NjM", "NjQ", "NjU", "NjY", "Njc", "Njg", "Njk",
    "NzA", "NzE", "NzI", "NzM", "NzQ", "NzU", "NzY", "Nzc", "Nzg", "Nzk", "ODA", "ODE", "ODI", "ODM", "ODQ",
    "ODU", "ODY", "ODc", "ODg", "ODk", "OTA", "OTE", "OTI", "OTM", "OTQ", "OTU", "OTY", "OTc", "OTg", "OTk",
];

fn uuid_behind_dash(token: &str) -> Option<super::Certainty> {
    token.get(4..).filter(|uuid| checks::is_uuid(uuid)).map(|_| super::Certainty::Shaped)
}

fn percent_marked(token: &str) -> Option<super::Certainty> {
    (token.contains("%3D") || token.contains("%2F")).then_some(super::Certainty::Shaped)
}
