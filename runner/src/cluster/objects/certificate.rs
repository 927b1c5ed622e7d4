//! Looks at the certificate that cert-manager keeps for a store, and waits for it.

use domain::provisioning::failure::FailureCode;
use kube::{Api, Resource as _};

use crate::{
    cluster::{
        client::Cluster,
        diagnosis::Diagnosis,
        error::ClusterError,
        request::{LONGEST_PAUSE, is_of_unknown_kind, pauses},
        wait::WaitState,
    },
    resources::{CERTIFICATE, CertificateObject},
};

/// What there is of a certificate.
enum Found {
    There(Box<CertificateObject>),
    /// The cluster knows the kind, and none of the name.
    NotYet,
    /// The cluster does not know the kind.
    NoKind,
}

impl Found {
    /// Why there is no certificate that can be used; `None` where there is.
    fn problem(&self) -> Option<String> {
        match self {
            Self::There(certificate) => certificate.problem(),
            Self::NotYet => Some(format!("cert-manager has made no Certificate {CERTIFICATE}")),
            Self::NoKind => Some(NO_CERT_MANAGER.into()),
        }
    }
}

/// Where the cluster does not know what a Certificate is.
pub(crate) const NO_CERT_MANAGER: &str = "cert-manager is not in the cluster";

impl Cluster {
    /// Why the store in `namespace` has no certificate that can be used; `None` where it has.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn certificate_problem(&self, namespace: &str) -> Result<Option<String>, ClusterError> {
        Ok(self.certificate(namespace).await?.problem())
    }

    /// Waits until the store in `namespace` has a certificate that can be used.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn wait_for_certificate(&self, namespace: &str) -> Result<(), ClusterError> {
        let mut pauses = pauses();
        loop {
            let found = self.certificate(namespace).await?;
            self.troubles.note_not_ready(found.problem().map(pending));
            if let Found::There(certificate) = found {
                match Box::pin(self.wait_for(*certificate, issued)).await {
                    // cert-manager makes it anew.
                    Err(ClusterError::Vanished { .. }) => {}
                    waited => return waited,
                }
            }
            // cert-manager makes it when it has seen the Ingress. What is not there can't be watched from a
            // version of it.
            tokio::time::sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
        }
    }

    async fn certificate(&self, namespace: &str) -> Result<Found, ClusterError> {
        let api: Api<CertificateObject> = Api::namespaced(self.client.clone(), namespace);
        self.retried::<CertificateObject, _, _>("get", CERTIFICATE, || async {
            match api.get(CERTIFICATE).await {
                Ok(certificate) => Ok(Found::There(Box::new(certificate))),
                Err(kube::Error::Api(status))
                    if is_of_unknown_kind(&status, &CertificateObject::group(&())) =>
                {
                    Ok(Found::NoKind)
                }
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(Found::NotYet),
                Err(error) => Err(error),
            }
        })
        .await
    }
}

/// Whether cert-manager has issued it.
fn issued(certificate: &CertificateObject) -> WaitState {
    match certificate.problem() {
        None => WaitState::Done,
        Some(problem) => WaitState::Waiting(Some(pending(problem))),
    }
}

fn pending(problem: String) -> Diagnosis {
    Diagnosis::new(FailureCode::CertificatePending, format!("the certificate is not issued: {problem}"))
}
