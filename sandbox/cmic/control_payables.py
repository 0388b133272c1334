"""The control endpoints for vouchers, cheques and new jobs: what an accountant does with them, by their natural keys."""

from decimal import Decimal

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse

from sandbox.cmic import payables, payments
from sandbox.cmic.accountant import NotPossible
from sandbox.cmic.bodies import Body, answer, read
from sandbox.cmic.control_books import Endpoint
from sandbox.cmic.tenant import Tenant

DAY = r"^\d{4}-\d{2}-\d{2}$"


class Voucher(Body):
    """Which voucher, and the day it is posted or voided on; today when left out."""

    company: str
    vendor: str
    invoice: str
    post_date: str | None = Field(default=None, pattern=DAY)

    @property
    def key(self) -> tuple[str, str, str]:
        """The natural key."""
        return self.company, self.vendor, self.invoice


class Cheque(Body):
    """Which cheque, by its bank account where several have that number; and the day, as for vouchers."""

    company: str
    number: int
    department: str | None = None
    account: str | None = None
    post_date: str | None = Field(default=None, pattern=DAY)


class Payment(Body):
    """A cheque for a voucher: over a part of it, or all that is outstanding; the bank account and number, the day."""

    company: str
    vendor: str
    invoice: str
    amount: Decimal | None = Field(default=None, max_digits=18, decimal_places=2)
    number: int | None = Field(default=None, ge=1)
    department: str = "00"
    account: str = "10001"
    post_date: str | None = Field(default=None, pattern=DAY)
    description: str | None = Field(default=None, max_length=60)


class Reversal(Cheque):
    """Which cheque is taken back by another one, and that one's number."""

    new_number: int | None = Field(default=None, ge=1)


class NewJob(Body):
    """A job to make; the project is linked to it and lends it its name."""

    company: str
    job: str = Field(pattern=r"^[A-Z0-9][A-Z0-9.\-]{0,9}$")
    project: str | None = None
    name: str | None = Field(default=None, max_length=50)
    control: str | None = None


class PayablesControl:
    """Handlers over one tenant's vouchers, cheques and jobs."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint of this class."""
        return [
            ("POST", "/vouchers/{deed}", self._voucher),
            ("POST", "/cheques/pay", self._pay),
            ("POST", "/cheques/reverse", self._reverse),
            ("POST", "/cheques/{deed}", self._cheque),
            ("POST", "/jobs/create", self._create_job),
        ]

    async def _voucher(self, request: HttpRequest) -> HttpResponse:
        wanted, deed = await read(request, Voucher), request.path_params["deed"]
        with self._tenant.books.transaction():
            if deed == "post":
                return answer(payables.post_voucher(self._tenant, wanted.key, wanted.post_date))
            if deed == "void":
                return answer(payables.void_voucher(self._tenant, wanted.key, wanted.post_date))
            if deed == "delete":
                payables.delete_voucher(self._tenant, wanted.key)
                return answer({})
        raise NotPossible(f"nobody can {deed} a voucher")

    async def _cheque(self, request: HttpRequest) -> HttpResponse:
        wanted, deed = await read(request, Cheque), request.path_params["deed"]
        with self._tenant.books.transaction():
            found = payables.cheque(self._tenant, wanted.company, wanted.number, wanted.department, wanted.account)
            if deed == "post":
                return answer(payables.post_cheque(self._tenant, found, wanted.post_date))
            if deed == "void":
                return answer(payables.void_cheque(self._tenant, found, wanted.post_date))
        raise NotPossible(f"nobody can {deed} a cheque")

    async def _pay(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Payment)
        key = wanted.company, wanted.vendor, wanted.invoice
        on = payments.Account(wanted.department, wanted.account, wanted.number)
        with self._tenant.books.transaction():
            drawn = payments.pay(self._tenant, key, wanted.amount, on, wanted.post_date, wanted.description)
            return answer(drawn)

    async def _reverse(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, Reversal)
        with self._tenant.books.transaction():
            found = payables.cheque(self._tenant, wanted.company, wanted.number, wanted.department, wanted.account)
            return answer(payments.reverse(self._tenant, found, wanted.new_number, wanted.post_date))

    async def _create_job(self, request: HttpRequest) -> HttpResponse:
        wanted = await read(request, NewJob)
        with self._tenant.books.transaction():
            made = payables.create_job(
                self._tenant, wanted.company, wanted.job, wanted.project, wanted.name, wanted.control
            )
            return answer(made)
